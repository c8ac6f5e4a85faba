"""The Compare page: pairs of photos by methods, as a grid."""

"""Warps and views: how pixels are bent or changed before they are used."""

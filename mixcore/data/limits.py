"""Caps on what is read from a user's file, each checked before anything is allocated.

A single picture has caps of its own, in `mixcore.decode`: bytes, pixels, smallest side.
"""

GIB, MIB = 2**30, 2**20

CLASSES = 50_000  # different labels; ImageNet-21k has 21,841
LABEL_BYTES = 256 * MIB  # labels, one-hot ones too: read whole
NAME_BYTES = 16 * MIB  # class_names: read whole
NAME_LENGTH = 120  # characters of a class name

MEMBERS = 1000  # arrays of an .npz
HEADER_BYTES = 10_000  # what an array says about itself
WHOLE_BYTES = GIB  # an array that lies column by column, which is read whole to turn it
COPY_BYTES = 8 * GIB  # a compressed array, which is laid out on the disk to get at its rows
SPARE_BYTES = GIB // 4  # left free on the disk beside such a copy
PIECE_BYTES = 16 * MIB  # read at a time

ENTRIES = 100_000  # entries of a zip
ZIP_BYTES = 64 * GIB  # a zip when unpacked, by its own word
# An entry that unpacks to more than SMALL_BYTES may grow by GROWTH at most, as pictures do.
GROWTH, SMALL_BYTES = 200, MIB

FILES = 5_000_000  # files of a folder
# A folder with fewer than one picture in STRANGE files, looked at each STRANGERS files, is none.
STRANGERS, STRANGE = 50_000, 20

TRAINING_BYTES = 8 * GIB  # decoded pictures that a training has in memory

LOOK_SECONDS, LOOK_BYTES = 120, 4 * GIB  # time and address space to look at an upload

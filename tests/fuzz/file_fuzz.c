/* file_fuzz.c: an ensemble file changed in any way that HDF5 itself allows, then given to the
 * readers of info, verify and stats.
 *
 * The input is a list of edits: raw data, attributes and datasets in place of those that were
 * there, of other types, shapes and layouts, links to nowhere.  HDF5 makes them, so the file is a
 * sound HDF5 file: what crashes on it is ours.  (HDF5 1.10 itself does not survive all damage to
 * its structures; that is bytes_fuzz.c.)  Nothing may be left open, either. */
#include "edits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tape input = {data, size};
    fuzz_fresh_file(take(&input));
    hid_t file = H5Fopen(fuzz_path, H5F_ACC_RDWR, H5P_DEFAULT);
    for (int i = 0; i < 24 && input.size > 0 && file >= 0; i++)
        edit(&file, &input);
    if (file >= 0)
        H5Fclose(file);
    fuzz_read_file();
    return 0;
}

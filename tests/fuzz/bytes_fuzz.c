/* bytes_fuzz.c: an ensemble file with some bytes changed anywhere, HDF5's structures included,
 * then given to the readers of info, verify and stats.
 *
 * The input is a list of places (3 bytes) and values (1 byte); after a first byte that is odd, the
 * file is also cut.  Crashes within HDF5 are its own, and most of its structures are under
 * checksums that turn such files away; what is looked for is a crash of ours behind it. */
#include "edits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tape input = {data, size};
    const uint8_t choice = take(&input);
    fuzz_fresh_file(choice / 2);
    const int descriptor = open(fuzz_path, O_RDWR);
    while (input.size >= 4) {
        const off_t place = (off_t)(take_wide(&input, 3) % fuzz_size);
        const uint8_t value = take(&input);
        if (pwrite(descriptor, &value, 1, place) != 1)
            abort();
    }
    if (choice % 2 != 0 && ftruncate(descriptor, (off_t)(fuzz_size * take(&input) / 256)) != 0)
        abort();
    close(descriptor);
    fuzz_read_file();
    return 0;
}

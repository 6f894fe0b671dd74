/* replay.c: in the place of libFuzzer, gives each file of the folders that are named to the
 * fuzzer's function, once.  So the corpus is tested by any compiler, also without sanitizers. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static int replay(const char *path)
{
    static uint8_t data[1 << 20];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return 1;
    const size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    uint8_t *exact = malloc(size + (size == 0)); /* so that a sanitizer sees its end */
    for (size_t i = 0; exact != NULL && i < size; i++)
        exact[i] = data[i];
    if (exact == NULL)
        return 1;
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    FILE *out = stdout;
    int inputs = 0, failed = 0;
    if (LLVMFuzzerInitialize != NULL)
        LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        struct dirent **entry = NULL;
        const int count = scandir(argv[i], &entry, NULL, alphasort);
        for (int j = 0; j < count; j++) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", argv[i], entry[j]->d_name);
            if (entry[j]->d_name[0] != '.') {
                failed += replay(path);
                inputs++;
            }
            free(entry[j]);
        }
        free(entry);
    }
    fprintf(out, "stat::number_of_executed_units: %d\n", inputs);
    return failed > 0 || inputs == 0;
}

/* collective_test.c: every rank leaves with the same outcome. */
#include "dyson/collective.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int rank, ranks;

/* True on every rank only if true on all: an assertion that fails on one rank alone would leave the
 * others waiting. */
static int everywhere(int holds)
{
    MPI_Allreduce(MPI_IN_PLACE, &holds, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    return holds;
}

static void success_of_all_is_success(void **state)
{
    (void)state;
    dyson_error error = {0};
    int code = dyson_agree(&error, MPI_COMM_WORLD);
    assert_true(everywhere(code == DYSON_OK && error.code == DYSON_OK && error.text[0] == '\0'));
}

static void failure_of_one_rank_reaches_all(void **state)
{
    (void)state;
    for (int failing = 0; failing < ranks; failing++) {
        dyson_error error = {0};
        char expected[128];
        if (rank == failing)
            dyson_fail(&error, DYSON_IO, "lost disk %d", failing);
        if (ranks > 1)
            snprintf(expected, sizeof expected, "lost disk %d (rank %d of %d)", failing, failing,
                     ranks);
        else
            snprintf(expected, sizeof expected, "lost disk %d", failing);
        int code = dyson_agree(&error, MPI_COMM_WORLD);
        assert_true(everywhere(code == DYSON_IO && error.code == DYSON_IO &&
                               strcmp(error.text, expected) == 0));
    }
}

static void the_lowest_failing_rank_speaks(void **state)
{
    (void)state;
    dyson_error error = {0};
    char expected[128];
    int first = ranks > 2 ? 1 : 0;
    if (rank >= first)
        dyson_fail(&error, DYSON_USAGE + rank, "rank %d", rank);
    if (first > 0)
        snprintf(expected, sizeof expected, "rank 1 (rank 1 of %d)", ranks);
    else
        snprintf(expected, sizeof expected, "rank 0");
    int code = dyson_agree(&error, MPI_COMM_WORLD);
    assert_true(everywhere(code == DYSON_USAGE + first && strcmp(error.text, expected) == 0));
}

static void a_long_text_is_cut_before_the_rank(void **state)
{
    (void)state;
    dyson_error error = {0};
    if (rank == ranks - 1) {
        char text[2 * DYSON_ERROR_TEXT];
        memset(text, 'x', sizeof text);
        text[sizeof text - 1] = '\0';
        dyson_fail(&error, DYSON_IO, "%s", text);
    }
    dyson_agree(&error, MPI_COMM_WORLD);
    size_t length = strlen(error.text);
    int marked = ranks == 1 || error.text[length - 1] == ')';
    assert_true(everywhere(length == DYSON_ERROR_TEXT - 1 && marked));
}

static void the_outcome_of_rank_0_is_shared(void **state)
{
    (void)state;
    dyson_error error = {0};
    int good = dyson_share(&error, MPI_COMM_WORLD) == DYSON_OK;
    if (rank == 0)
        dyson_fail(&error, DYSON_NO_INPUT, "no file");
    int code = dyson_share(&error, MPI_COMM_WORLD);
    assert_true(everywhere(good && code == DYSON_NO_INPUT && strcmp(error.text, "no file") == 0));
}

static void bytes_of_rank_0_reach_all(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 1, 5, (1 << 20) + 3};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        dyson_error error = {0};
        unsigned char *bytes = NULL;
        size_t size = rank == 0 ? sizes[i] : 99;
        if (rank == 0) {
            bytes = malloc(size + 1);
            for (size_t j = 0; j < size; j++)
                bytes[j] = (unsigned char)(j * 7 + i);
        }
        void *data = bytes;
        int good = dyson_broadcast(&data, &size, MPI_COMM_WORLD, &error) == DYSON_OK &&
                   size == sizes[i] && data != NULL;
        for (size_t j = 0; good && j < size; j++)
            good = ((unsigned char *)data)[j] == (unsigned char)(j * 7 + i);
        free(data);
        assert_true(everywhere(good));
    }
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(success_of_all_is_success),
        cmocka_unit_test(failure_of_one_rank_reaches_all),
        cmocka_unit_test(the_lowest_failing_rank_speaks),
        cmocka_unit_test(a_long_text_is_cut_before_the_rank),
        cmocka_unit_test(the_outcome_of_rank_0_is_shared),
        cmocka_unit_test(bytes_of_rank_0_reach_all),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}

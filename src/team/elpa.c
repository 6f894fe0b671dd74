/* elpa.c: ELPA's two-stage solver: to band form, from there to tridiagonal form, and divide and
 * conquer. It wants both triangles. */
#include "team/elpa.h"

#include <math.h>

#ifdef DYSON_ELPA

#include <elpa/elpa.h>
#include <stdlib.h>

/* Parts of the matrix that a rank needs besides its own: the copy, and ELPA's (measured). */
#define ELPA_PARTS 5.0
#define ELPA_API 20171201 /* the version of the interface that is used here */

/* PBLAS: C = beta C + alpha A^T, in one triangle. */
void pdtradd_(const char *triangle, const char *transpose, const int *rows, const int *columns,
              const double *alpha, const double *a, const int *a_row, const int *a_column,
              const int *a_descriptor, const double *beta, double *c, const int *c_row,
              const int *c_column, const int *c_descriptor);

struct team_elpa {
    elpa_t handle;
    team_matrix copy;
};

bool team_elpa_suits(int ranks, int block, int size)
{
    int rows, columns;
    team_grid(ranks, &rows, &columns);
    return size >= TEAM_ELPA_LEAST && size > (columns - 1) * block;
}

static int set_up(team_elpa *e, const team_matrix *m)
{
    const dyson_team *const team = m->team;
    const struct {
        const char *name;
        int value;
    } settings[] = {{"na", m->rows},
                    {"nev", m->rows},
                    {"nblk", team->block},
                    {"local_nrows", m->stride},
                    {"local_ncols", m->local_columns},
                    {"process_row", team->row},
                    {"process_col", team->column},
                    {"mpi_comm_parent", (int)MPI_Comm_c2f(team->comm)}};
    int code = elpa_init(ELPA_API);
    if (code == ELPA_OK)
        e->handle = elpa_allocate(&code);
    for (size_t i = 0; code == ELPA_OK && i < sizeof settings / sizeof *settings; i++)
        elpa_set(e->handle, settings[i].name, settings[i].value, &code);
    if (code == ELPA_OK)
        code = elpa_setup(e->handle);
    if (code == ELPA_OK)
        elpa_set(e->handle, "solver", ELPA_SOLVER_2STAGE, &code);
    return code;
}

int team_elpa_create(const team_matrix *m, team_elpa **elpa, dyson_error *error)
{
    team_elpa *const e = calloc(1, sizeof *e);
    *elpa = e;
    if (e == NULL)
        dyson_fail(error, DYSON_INTERNAL, "out of memory");
    else
        team_matrix_create(&e->copy, m->team, m->rows, m->columns, error);
    if (dyson_team_agree(m->team, error) != DYSON_OK || e == NULL)
        return error->code;
    const int code = set_up(e, m);
    if (code != ELPA_OK)
        dyson_fail(error, DYSON_INTERNAL, "ELPA cannot be set up for a %d x %d matrix (code %d)",
                   m->rows, m->rows, code);
    return dyson_team_agree(m->team, error);
}

void team_elpa_destroy(team_elpa *e)
{
    int code;
    if (e == NULL)
        return;
    if (e->handle != NULL)
        elpa_deallocate(e->handle, &code);
    team_matrix_destroy(&e->copy);
    free(e);
}

double team_elpa_bytes(int ranks, int block, int size)
{
    return ELPA_PARTS * team_matrix_bytes(ranks, block, size, size);
}

int team_elpa_eigenvalues(team_elpa *e, team_matrix *m, double *values)
{
    const double one = 1.0, zero = 0.0;
    const int first = 1;
    int code;
    team_matrix_copy(m, m->columns, &e->copy);
    pdtradd_("U", "T", &m->rows, &m->columns, &one, e->copy.element, &first, &first,
             e->copy.descriptor, &zero, m->element, &first, &first, m->descriptor);
    elpa_eigenvalues_double(e->handle, m->element, values, &code);
    return code == ELPA_OK ? 0 : code;
}

#else

bool team_elpa_suits(int ranks, int block, int size)
{
    (void)ranks, (void)block, (void)size;
    return false;
}

int team_elpa_create(const team_matrix *m, team_elpa **elpa, dyson_error *error)
{
    (void)m;
    *elpa = NULL;
    return dyson_fail(error, DYSON_INTERNAL, "the program was built without ELPA");
}

void team_elpa_destroy(team_elpa *elpa)
{
    (void)elpa; /* is NULL */
}

double team_elpa_bytes(int ranks, int block, int size)
{
    (void)ranks, (void)block, (void)size;
    return 0.0;
}

int team_elpa_eigenvalues(team_elpa *elpa, team_matrix *m, double *values)
{
    (void)elpa, (void)m;
    values[0] = NAN;
    return -1;
}

#endif

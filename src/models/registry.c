/* registry.c: the models that this program knows.  A new one is a folder beside this file and its
 * name in MODELS. */
#include "dyson/model.h"

#include <string.h>

/* Each MODEL(name) stands for `const dyson_model dyson_name` in src/models/name/. */
#define MODELS MODEL(rbm) MODEL(teacher_student) MODEL(eigenvalue_sde)

#define MODEL(name) extern const dyson_model dyson_##name;
MODELS
#undef MODEL

#define MODEL(name) &dyson_##name,
static const dyson_model *const models[] = {MODELS};
#undef MODEL

const dyson_model *dyson_model_at(size_t i)
{
    return i < sizeof models / sizeof models[0] ? models[i] : NULL;
}

const dyson_model *dyson_model_find(const char *name)
{
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        if (strcmp(models[i]->name, name) == 0)
            return models[i];
    return NULL;
}

const dyson_regime *dyson_model_regime(const dyson_model *model, const dyson_system *system,
                                       const dyson_team *team)
{
    return team != NULL ? &model->teams->regime : model->regime(system);
}

int dyson_model_pack(const dyson_model *model, const dyson_system *system, dyson_kernel kernel,
                     const dyson_team *team, dyson_pack **pack, dyson_error *error)
{
    if (team != NULL)
        return model->teams->create(system, kernel, team, pack, error);
    return model->regime(system)->create(system, kernel, pack, error);
}

/* analyzer.h: put before every source by `make lint`, for clang's analyzer alone, which sees one
 * file at a time.  It says what the analyzer cannot know: a failure's code is not zero, a rank that
 * has failed does not leave dyson_agree with success, and rank 0 does not leave dyson_share with
 * another outcome. */
#include "dyson/collective.h"
#include "dyson/error.h"

#define dyson_fail(error, failure, ...) \
    (dyson_fail(error, failure, __VA_ARGS__), (error)->code = (failure))
#define dyson_agree(error, comm) \
    ((error)->code != 0 ? (error)->code : ((error)->code = dyson_agree(error, comm)))
#define dyson_share(error, comm) \
    ((error)->code != 0 ? (error)->code : ((error)->code = dyson_share(error, comm)))

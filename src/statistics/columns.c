/* columns.c: what the columns of the tables are called in the statistics file, and what they mean.
 */
#include "statistics/analysis.h"

const dyson_column dyson_count_columns[COUNT_COLUMNS] = {
    [COUNT_DONE] = {"done", "replicas analysed"},
    [COUNT_DIVERGED] = {"diverged", "replicas that ran away; not analysed"},
    [COUNT_PENDING] = {"pending", "replicas not yet trained"},
    [COUNT_DAMAGED] = {"damaged", "replicas that do not hold what their checksums speak of; not "
                                  "analysed"},
    [COUNT_OUTSIDE] = {"outside", "replicas analysed of which some x is not below the ceiling"},
};

const dyson_column dyson_level_columns[LEVEL_COLUMNS] = {
    [LEVEL_MEAN] = {"mean", "mean of x over replicas"},
    [LEVEL_MEAN_ERROR] = {"mean_error", "standard error of mean"},
    [LEVEL_STD] = {"std", "standard deviation of x over replicas"},
    [LEVEL_STD_ERROR] = {"std_error", "standard error of std"},
    [LEVEL_SKEWNESS] = {"skewness", "skewness of x"},
    [LEVEL_SKEWNESS_ERROR] = {"skewness_error", "standard error of skewness"},
    [LEVEL_BINDER] = {"binder", "Binder cumulant of x about its mean"},
    [LEVEL_BINDER_ERROR] = {"binder_error", "standard error of binder"},
    [LEVEL_RATIO] = {"lambda_ratio", "<lambda>/kappa of the level's mode: mean over its degenerate "
                                     "levels, lambda = ceiling - x"},
    [LEVEL_RATIO_ERROR] = {"lambda_ratio_error", "standard error of lambda_ratio"},
    [LEVEL_DRIFT] = {"drift",
                     "change of mean since update drift_snapshot: 0 in the stationary state"},
    [LEVEL_DRIFT_ERROR] = {"drift_error", "standard error of drift, replica by replica"},
    [LEVEL_OVERLAP] = {"overlap",
                       "probability that this level and the next one, of different modes "
                       "and taken from different replicas, come in the other order",
                       .but_last = true},
};

const dyson_column dyson_pair_columns[PAIR_COLUMNS] = {
    [PAIR_SPACING] = {"spacing_mean", "mean level spacing <S>"},
    [PAIR_SPACING_ERROR] = {"spacing_mean_error", "standard error of spacing_mean"},
    [PAIR_SURMISE_ML] = {"surmise_sigma_ml", "sigma of the Wigner surmise, maximum likelihood"},
    [PAIR_SURMISE_ML_ERROR] = {"surmise_sigma_ml_error", "standard error of surmise_sigma_ml"},
    [PAIR_SURMISE_FIT] = {"surmise_sigma_fit", "sigma of the Wigner surmise, histogram fit"},
    [PAIR_SURMISE_FIT_ERROR] = {"surmise_sigma_fit_error", "standard error of surmise_sigma_fit"},
    [PAIR_SURMISE_CHI2] = {"surmise_fit_chi2", "chi^2 of the histogram fit of the surmise"},
    [PAIR_SURMISE_DOF] = {"surmise_fit_dof", "degrees of freedom of that fit"},
    [PAIR_SURMISE_KS] = {"surmise_p_ks", "p-value of the Wigner surmise, Kolmogorov-Smirnov"},
    [PAIR_SURMISE_AD] = {"surmise_p_ad", "p-value of the Wigner surmise, Anderson-Darling"},
    [PAIR_CENTRE_ML] = {"density_x0_ml", "x_0 of the two-level density, maximum likelihood"},
    [PAIR_CENTRE_ML_ERROR] = {"density_x0_ml_error", "standard error of density_x0_ml"},
    [PAIR_DENSITY_ML] = {"density_sigma_ml", "sigma of the two-level density, maximum likelihood"},
    [PAIR_DENSITY_ML_ERROR] = {"density_sigma_ml_error", "standard error of density_sigma_ml"},
    [PAIR_CENTRE_FIT] = {"density_x0_fit", "x_0 of the two-level density, histogram fit"},
    [PAIR_CENTRE_FIT_ERROR] = {"density_x0_fit_error", "standard error of density_x0_fit"},
    [PAIR_DENSITY_FIT] = {"density_sigma_fit", "sigma of the two-level density, histogram fit"},
    [PAIR_DENSITY_FIT_ERROR] = {"density_sigma_fit_error", "standard error of density_sigma_fit"},
    [PAIR_DENSITY_CHI2] = {"density_fit_chi2", "chi^2 of the histogram fit of the density"},
    [PAIR_DENSITY_DOF] = {"density_fit_dof", "degrees of freedom of that fit"},
    [PAIR_DENSITY_KS] = {"density_p_ks", "p-value of the two-level density, Kolmogorov-Smirnov"},
    [PAIR_DENSITY_AD] = {"density_p_ad", "p-value of the two-level density, Anderson-Darling"},
    [PAIR_COVARIANCE] = {"spacing_sigma_covariance",
                         "covariance of the estimates spacing_mean and density_sigma_fit"},
    [PAIR_BINDER] = {"binder",
                     "Binder cumulant of the pair's levels about their mean; 4/27 for two "
                     "degenerate levels, 0 for a Gaussian"},
    [PAIR_BINDER_ERROR] = {"binder_error", "standard error of binder"},
    [PAIR_PREDICTED_SIGMA] = {"predicted_sigma", "leading-order prediction of sigma"},
    [PAIR_PREDICTED_SPACING] = {"predicted_spacing",
                                "leading-order prediction of <S>: sqrt(pi) sigma"},
    [PAIR_ABSCISSA] = {"abscissa", "what <S> scales with; RBM: sqrt((alpha/B) kappa^2 Omega)"},
    [PAIR_SLOPE] = {"predicted_slope", "predicted <S>/abscissa as the rate goes to 0"},
    [PAIR_OVERLAP] = {"overlap", "larger of the overlaps with the neighbouring levels"},
};

const dyson_column dyson_single_columns[SINGLE_COLUMNS] = {
    [SINGLE_MEAN] = {"mean", "mean of x"},
    [SINGLE_MEAN_ERROR] = {"mean_error", "standard error of mean"},
    [SINGLE_STD] = {"std", "standard deviation of x"},
    [SINGLE_STD_ERROR] = {"std_error", "standard error of std"},
    [SINGLE_BINDER] = {"binder", "Binder cumulant of x about its mean; 0 for a Gaussian"},
    [SINGLE_BINDER_ERROR] = {"binder_error", "standard error of binder"},
    [SINGLE_KS] = {"gaussian_p_ks", "p-value of the Gaussian, Kolmogorov-Smirnov"},
    [SINGLE_AD] = {"gaussian_p_ad", "p-value of the Gaussian, Anderson-Darling"},
    [SINGLE_PREDICTED] = {"predicted_std", "leading-order prediction of std"},
};

const dyson_column dyson_split_columns[SPLIT_COLUMNS] = {
    [SPLIT_SPACING] = {"spacing_mean", "mean level spacing <S>"},
    [SPLIT_SPACING_ERROR] = {"spacing_mean_error", "standard error of spacing_mean"},
    [SPLIT_SPLITTING_ML] = {"splitting_ml", "Delta of the Rice law, maximum likelihood"},
    [SPLIT_SPLITTING_ML_ERROR] = {"splitting_ml_error", "standard error of splitting_ml; NaN where "
                                                        "that is 0"},
    [SPLIT_SIGMA_ML] = {"sigma_ml", "sigma of the Rice law, maximum likelihood"},
    [SPLIT_SIGMA_ML_ERROR] = {"sigma_ml_error",
                              "standard error of sigma_ml; NaN where splitting_ml is "
                              "0"},
    [SPLIT_RICE_KS] = {"rice_p_ks", "p-value of the Rice law with target_splitting and "
                                    "predicted_sigma, Kolmogorov-Smirnov"},
    [SPLIT_PREDICTED_SIGMA] = {"predicted_sigma", "prediction of sigma: root of the mean of the "
                                                  "two levels' sigma^2"},
    [SPLIT_PREDICTED_RICE] = {"predicted_spacing", "mean of the Rice law: sqrt(pi) sigma "
                                                   "L_1/2(-Delta^2/(4 sigma^2))"},
    [SPLIT_PREDICTED_CLOSURE] = {"closure_spacing", "<S> by Eq. (60): "
                                                    "(Delta + sqrt(Delta^2 + 4 pi sigma^2))/2"},
    [SPLIT_ISOLATION] = {"isolation", "distance to the nearest other target, over predicted_sigma; "
                                      "infinite where there is no other level"},
};

const dyson_column dyson_initial_columns[INITIAL_COLUMNS] = {
    [INITIAL_TRACE] = {"trace", "mean of tr X/N at update 0"},
    [INITIAL_TRACE_ERROR] = {"trace_error", "standard error of trace"},
    [INITIAL_TRACE_EXACT] = {"trace_exact", "what trace should be, exactly"},
    [INITIAL_SQUARES] = {"squares", "mean of tr X^2/N at update 0"},
    [INITIAL_SQUARES_ERROR] = {"squares_error", "standard error of squares"},
    [INITIAL_SQUARES_EXACT] = {"squares_exact", "what squares should be, exactly"},
    [INITIAL_DISTANCE] = {"distance", "Kolmogorov-Smirnov distance between the pooled spectra and "
                                      "synthetic ones of the same law"},
    [INITIAL_P] = {"p", "p-value of distance, by permutation of whole spectra"},
    [INITIAL_SCALE] = {"scale", "Marchenko-Pastur law: the mean of x"},
    [INITIAL_RATIO] = {"ratio", "Marchenko-Pastur law: smaller over larger dimension of W"},
    [INITIAL_LOW] = {"edge_low", "lower edge of the Marchenko-Pastur law"},
    [INITIAL_HIGH] = {"edge_high", "upper edge of the Marchenko-Pastur law"},
    [INITIAL_KS] = {"ks", "Kolmogorov-Smirnov distance of the pooled spectra from the "
                          "Marchenko-Pastur law"},
    [INITIAL_KS_SYNTHETIC] = {"ks_synthetic", "the same distance of the synthetic spectra: how far "
                                              "that law is from the exact one at this N"},
};

const dyson_column dyson_increment_columns[INCREMENT_COLUMNS] = {
    [INCREMENT_NOISE] = {"noise", "g_ij^2 of one update: variance of the element (i, j) of X's "
                                  "change in the basis of its eigenvectors, half of it for i = j"},
    [INCREMENT_NOISE_ERROR] = {"noise_error", "standard error of noise"},
    [INCREMENT_PREDICTED] = {"predicted", "prediction of noise with the levels at their targets"},
    [INCREMENT_PREDICTED_HERE] = {"predicted_here", "prediction of noise with the levels where "
                                                    "they are: mean over the replicas"},
};

const dyson_column dyson_noise_columns[NOISE_COLUMNS] = {
    [NOISE_OFF] = {"off_diagonal", "mean of noise/predicted_here over the elements i < j"},
    [NOISE_OFF_ERROR] = {"off_diagonal_error", "standard error of off_diagonal"},
    [NOISE_OFF_CHI2] = {"off_diagonal_chi2", "chi^2 of the elements about that mean"},
    [NOISE_OFF_DOF] = {"off_diagonal_dof", "degrees of freedom of off_diagonal_chi2"},
    [NOISE_DIAGONAL] = {"diagonal", "mean of noise/predicted_here over the elements i = j"},
    [NOISE_DIAGONAL_ERROR] = {"diagonal_error", "standard error of diagonal"},
    [NOISE_DIAGONAL_CHI2] = {"diagonal_chi2", "chi^2 of the elements about that mean"},
    [NOISE_DIAGONAL_DOF] = {"diagonal_dof", "degrees of freedom of diagonal_chi2"},
};

const dyson_column dyson_correlation_columns[CORRELATION_COLUMNS] = {
    [CORRELATION_VALUE] = {"correlation", "correlation over replicas between the mean x of the "
                                          "mode at this snapshot and at the one analysed"},
    [CORRELATION_ERROR] = {"correlation_error", "standard error of correlation"},
    [CORRELATION_USED] = {"used", "1 where the snapshot counts in the fit of the rate"},
};

const dyson_column dyson_relaxation_columns[RELAXATION_COLUMNS] = {
    [RELAXATION_RATE] = {"rate", "rate per update at which correlation decays"},
    [RELAXATION_RATE_ERROR] = {"rate_error", "standard error of rate"},
    [RELAXATION_PREDICTED] = {"predicted_rate", "leading-order prediction of rate"},
    [RELAXATION_LAGS] = {"snapshots_used", "number of snapshots in the fit"},
};

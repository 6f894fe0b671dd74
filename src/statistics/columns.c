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
                     "change of mean since the previous snapshot: 0 in the stationary state"},
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

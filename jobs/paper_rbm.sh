#!/bin/bash
# The paper's RBM runs under SLURM.  From the top of the repository, after `make`:
#   sbatch jobs/paper_rbm.sh [RUNFILE [OUTPUT.h5]]
# Adapt the lines below to your site, or override them on sbatch's command line (-N 4, -A account).
#SBATCH --job-name=dyson
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=64
#SBATCH --cpus-per-task=1
#SBATCH --hint=nomultithread
#SBATCH --mem-per-cpu=200M
#SBATCH --time=00:30:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=dyson-%j.log
# All ranks are told two minutes before the end (or up to three); they leave what is in work, write the
# rest to disk and stop with exit code 75.
#SBATCH --signal=USR1@120

# module load gcc openmpi hdf5 gsl openblas      # what the program was built with

run_file=${1:-jobs/paper_rbm.ini}
output=${2:-$(basename "${run_file%.ini}").h5}
dyson=${DYSON:-build/dyson}
most_restarts=20
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

srun --mpi="${SLURM_MPI_TYPE:-pmix}" "$dyson" run "$run_file" -o "$output"
code=$?
if [ $code = 75 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt $most_restarts ]; then
    # Stopped early: the same job again goes on with what is pending.
    scontrol requeue "$SLURM_JOB_ID"
    exit 0
fi
[ $code = 0 ] || exit $code
srun --mpi="${SLURM_MPI_TYPE:-pmix}" "$dyson" stats "$output"

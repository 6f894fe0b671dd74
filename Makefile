## make demo          set up this machine, build, train the small ensemble, draw all figures into out/
## make test          set up, build, run all tests         (ONLY="word ..." for some of them)
## make               build/dyson and build/libdyson.a
## make figures FILE=run.h5 [OUT=folder]   statistics and figures of any run
## make install PREFIX=/usr/local DESTDIR=     and  make uninstall
## make setup         install what building and testing need (Debian, as root or with sudo)
## make test-cluster  the job scripts on a SLURM of two nodes, brought up for that (as root)
## make bench         what an update costs on one core, beside the core's limits, NumPy and bare BLAS
## make bench-scale   what a run costs besides training, from 1 to 128 ranks, from 10^3 to 10^6 replicas
## make test-faults   kills, full disks, lost file systems, damaged files: a table of what was lost
## make fuzz TIME=s   run files and ensemble files that libFuzzer makes up, s seconds each (needs clang)
## make test-asan     the unit tests with AddressSanitizer and UBSan
## make lint          formats, warnings, clang-tidy
## make clean
##
## Any of the variables down to BUILD can be given, for example on a cluster
##   make CC=mpicc PACKAGES="hdf5 gsl openblas scalapack inih zlib"     libraries that pkg-config knows
##   make CC=h5pcc PACKAGES="gsl openblas" CPPFLAGS=-I... LDFLAGS=-L... LDLIBS="-lscalapack -linih -lz"
##   make CFLAGS="-O2 -g" MPICC=mpicc.mpich HDF5_PACKAGE=hdf5-mpich SCALAPACK_PACKAGE=scalapack-mpich
##   make SIZES="4 10 16"    RBMs of which N_v = N_h get code of their own
##   make ELPA=yes      eigenvalues of matrices of N >= 3000 that ranks share by the library ELPA
## or the flags themselves: PACKAGE_CFLAGS, PACKAGE_LIBS, MPI_CFLAGS, MPI_LIBS.
VERSION := 0.1.0

ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS     ?= -O3 -g
MPICC      ?= mpicc
MPIRUN     ?= mpirun
PKG_CONFIG ?= pkg-config
PYTHON     ?= /usr/bin/python3
HDF5_PACKAGE ?= $(or $(shell for p in hdf5-openmpi hdf5; do $(PKG_CONFIG) --exists $$p 2>/dev/null && \
                       echo $$p && break; done),hdf5-openmpi)
SCALAPACK_PACKAGE ?= $(or $(shell for p in scalapack-openmpi scalapack; do $(PKG_CONFIG) --exists $$p \
                       2>/dev/null && echo $$p && break; done),scalapack-openmpi)
# ELPA=yes: eigenvalues of matrices that a team shares by ELPA from N = 3000 on, where it is the faster way.
ELPA       ?=
# The N_v = N_h of RBMs that get code of their own, each for some 5 s of compiling and instruction set; what it
# gains: docs/performance.md.
SIZES      ?= 10
# OpenBLAS before ScaLAPACK, whose own needs may be met by another BLAS.
PACKAGES   ?= $(HDF5_PACKAGE) gsl openblas $(SCALAPACK_PACKAGE) $(if $(ELPA),elpa) inih zlib
RANKS      ?= $(shell env -u OMP_NUM_THREADS nproc)
PREFIX     ?= /usr/local
DESTDIR    ?=
BUILD      ?= build

PACKAGE_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null)
PACKAGE_LIBS   := $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null)
# Open MPI's wrapper answers the first question, MPICH's the second.
MPI_CFLAGS := $(shell $(MPICC) --showme:compile 2>/dev/null || \
                      $(MPICC) -compile-info 2>/dev/null | sed 's/^[^ ]*//; s/ -c\b//')
MPI_LIBS   := $(shell $(MPICC) --showme:link 2>/dev/null || \
                      $(MPICC) -link-info 2>/dev/null | sed 's/^[^ ]*//')

MACHINE := $(shell $(CC) -dumpmachine 2>/dev/null)
KERNELS := base $(if $(filter x86_64%,$(MACHINE)),avx2 avx512)
# Where a tile fills the registers GCC spills accumulators if it looks for common subexpressions.
WHOLE_TILES  := $(if $(findstring clang,$(CC)),,-fno-gcse)
FLAGS_base   := $(WHOLE_TILES)
FLAGS_avx2   := -mavx2 -mfma
FLAGS_avx512 := -mavx512f -mavx512dq -mavx512vl -mfma -mprefer-vector-width=512 $(WHOLE_TILES)

WARNINGS   := -Wall -Wextra -Wshadow -Wconversion
CODE_FLAGS := -std=gnu11 $(WARNINGS) -ffp-contract=fast -fno-math-errno -fno-trapping-math
ALL_CFLAGS  = $(CODE_FLAGS) $(if $(ELPA),-DDYSON_ELPA) -D_GNU_SOURCE -Iinclude -Isrc $(CPPFLAGS) \
              $(patsubst -I%,-isystem%,$(PACKAGE_CFLAGS) $(MPI_CFLAGS)) $(CFLAGS)
LIBS        = $(PACKAGE_LIBS) $(MPI_LIBS) $(LDLIBS) -lm

# Sources named *_lanes.c are compiled once per instruction set.
LANE_SOURCES := $(wildcard src/*/*_lanes.c src/models/*/*_lanes.c)
BENCH_LANES  := $(wildcard bench/*_lanes.c)
MAIN_SOURCE  := src/commands/main.c
SOURCES := $(filter-out $(LANE_SOURCES) $(MAIN_SOURCE),$(wildcard src/*/*.c src/models/*/*.c))
# Of them, those that train in single precision too, compiled once more.
SINGLE_SOURCES := src/random/normals_lanes.c src/models/rbm/train_lanes.c
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o) \
           $(foreach k,$(KERNELS),$(LANE_SOURCES:%.c=$(BUILD)/%.$(k).o) \
                                  $(SINGLE_SOURCES:%.c=$(BUILD)/%.$(k)_single.o))
TESTS   := $(patsubst tests/%.c,$(BUILD)/tests/%,\
             $(wildcard tests/*_test.c tests/mpi/*_test.c tests/kernel_check.c))
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/*_fuzz.c))
REFERENCE := $(wildcard tests/reference/*.c)
BENCHES := $(patsubst %.c,$(BUILD)/%,$(filter-out $(BENCH_LANES),$(wildcard bench/*.c)))

# What every program started from here needs: one thread per rank, more ranks than cores, and Open MPI
# willing to start as root (in a container).
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export OMPI_MCA_rmaps_base_oversubscribe := 1
export PRTE_MCA_rmaps_default_mapping_policy := :oversubscribe
ifeq ($(shell id -u),0)
export OMPI_ALLOW_RUN_AS_ROOT := 1
export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM := 1
endif
export BUILD MPIRUN PYTHON
SETUP = CC='$(CC)' MPICC='$(MPICC)' PKG_CONFIG='$(PKG_CONFIG)' PACKAGES='$(PACKAGES)' \
        FLAGS='$(CPPFLAGS) $(CFLAGS)' src/setup

all: $(BUILD)/dyson

COMPILE = @mkdir -p $(@D) && echo "  CC $(@:$(BUILD)/%=%)" && \
          $(CC) $(ALL_CFLAGS) $(EXTRA) -MMD -MP -c -o $@ $<
LINK    = @echo "  LD $(@:$(BUILD)/%=%)" && $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(BUILD)/dyson: $(BUILD)/$(MAIN_SOURCE:.c=.o) $(BUILD)/libdyson.a
	$(LINK) $(LIBS)

$(BUILD)/libdyson.a: $(OBJECTS)
$(BUILD)/tests/libreference.a: $(REFERENCE:%.c=$(BUILD)/%.o)
%.a:
	@echo "  AR $(@:$(BUILD)/%=%)" && rm -f $@ && ar rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags | $(BUILD)/needs
	$(COMPILE)

# With -O3 it spills them too; and it takes long to follow so many variables for a debugger.
LANE_FLAGS := '-DDYSON_SIZES=$(patsubst %,OWN_SIZE(%),$(SIZES))' -O2 $(if $(findstring clang,$(CC)),,-fno-var-tracking-assignments)

define lane_rule
$(BUILD)/%_lanes.$(1).o: EXTRA = $(FLAGS_$(1)) $(LANE_FLAGS) -DDYSON_LANE_KERNEL=$(1)
$(BUILD)/%_lanes.$(1).o: %_lanes.c $(BUILD)/flags | $(BUILD)/needs
	$$(COMPILE)
endef
$(foreach k,$(KERNELS),$(eval FLAGS_$(k)_single := $(FLAGS_$(k)) -DDYSON_LANE_SINGLE) \
    $(eval $(call lane_rule,$(k))) $(eval $(call lane_rule,$(k)_single)))

# Remade, and all that depends on them, only when the commands or the commit have changed.
GIT_COMMIT := $(if $(wildcard .git),$(shell git --no-optional-locks describe --always --dirty 2>/dev/null))
GIT_COMMIT := $(or $(strip $(GIT_COMMIT)),unknown)
BUILD_TEXT  = $(subst ",,$(shell $(CC) --version 2>/dev/null | head -n 1)) $(subst ",,$(CFLAGS))$(if \
              $(filter-out $(SIZES),10)$(filter-out 10,$(SIZES)), SIZES=$(subst ",,$(SIZES)))
SCALAPACK_VERSION := $(or $(shell $(PKG_CONFIG) --modversion $(filter scalapack%,$(PACKAGES)) 2>/dev/null),unknown)$(if \
                       $(ELPA),$(shell $(PKG_CONFIG) --modversion elpa 2>/dev/null | sed 's/^/, with ELPA /'))
VERSION_FLAGS = -DDYSON_VERSION='"$(VERSION)"' -DDYSON_GIT_COMMIT='"$(GIT_COMMIT)"' \
                -DDYSON_BUILD='"$(BUILD_TEXT)"' -DDYSON_SCALAPACK='"$(SCALAPACK_VERSION)"'
keep = @mkdir -p $(@D); echo "$(subst ",,$(1))" | cmp -s - $@ || echo "$(subst ",,$(1))" >$@

$(BUILD)/flags: FORCE
	$(call keep,$(CC) $(ALL_CFLAGS) $(SIZES))
$(BUILD)/version: FORCE
	$(call keep,$(VERSION_FLAGS))
$(BUILD)/src/base/version.o: $(BUILD)/version
$(BUILD)/src/base/version.o: EXTRA = $(VERSION_FLAGS)
$(BUILD)/needs: src/setup
	@mkdir -p $(@D) && $(SETUP) --check build && touch $@

# ---- tests ----
test:
	@$(SETUP) test
	@$(MAKE) --no-print-directory tests neon elpa
	@tests/run $(ONLY)

# The compiler takes minutes for all checks of the wide kernels, whose source is that of the plain one: these go
# without those of indices and pointers that AddressSanitizer makes anyway.
UNCHECKED := -fno-sanitize=bounds,alignment,null,object-size,pointer-overflow
test-asan:
	@$(SETUP) test
	@$(MAKE) --no-print-directory BUILD=build-asan LDFLAGS='$(LDFLAGS)' \
	    CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover' \
	    LANE_FLAGS=-O1 FLAGS_avx2='$(FLAGS_avx2) $(UNCHECKED)' FLAGS_avx512='$(FLAGS_avx512) $(UNCHECKED)' tests
	@BUILD=build-asan tests/run --asan $(ONLY)

test-faults:
	@$(SETUP) test
	@$(MAKE) --no-print-directory $(BUILD)/dyson
	@DYSON=$(BUILD)/dyson $(PYTHON) tests/faults/campaign

fuzz:
	@$(SETUP) test
	@$(MAKE) --no-print-directory $(BUILD)/dyson
	@$(MAKE) --no-print-directory BUILD=build-fuzz CC=clang FUZZ_MAIN= FUZZ_LINK=-fsanitize=fuzzer \
	    CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	    -fno-sanitize-recover=undefined' LANE_FLAGS='-O1 -fno-sanitize=all' fuzzers
	@BUILD=build-fuzz DYSON=$(BUILD)/dyson tests/fuzz/run $(or $(TIME),60)

test-cluster:
	@$(SETUP) test
	@$(MAKE) --no-print-directory all
	@tests/run cluster/

lint:
	@$(SETUP) lint
	@LINT_FLAGS='$(filter-out $(CFLAGS),$(ALL_CFLAGS))' tests/lint

tests: $(BUILD)/dyson $(TESTS) $(BENCHES) fuzzers
fuzzers: $(FUZZERS)

$(BUILD)/tests/%.o: EXTRA = -Itests
# Test programs share the plain scalar implementations of tests/reference/.
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/tests/libreference.a $(BUILD)/libdyson.a
	$(LINK) $(if $(findstring _test,$@),-lcmocka) $(LIBS)

# With libFuzzer, or, as part of the tests, with a program that replays its corpus.
FUZZ_MAIN ?= $(BUILD)/tests/fuzz/replay.o
$(BUILD)/tests/fuzz/%_fuzz: $(BUILD)/tests/fuzz/%_fuzz.o $(FUZZ_MAIN) $(BUILD)/libdyson.a
	$(LINK) $(FUZZ_LINK) $(if $(findstring run_file,$@),,-Wl,--wrap=dyson_null_create) $(LIBS)

# ---- speed ----
bench:
	@$(SETUP) bench
	@$(MAKE) --no-print-directory $(BENCHES)
	@bench/run
	@bench/draw $(BUILD)/bench

bench-scale:
	@$(SETUP) bench
	@$(MAKE) --no-print-directory $(BUILD)/dyson
	@$(PYTHON) bench/scale

$(BUILD)/bench/%: $(BUILD)/bench/%.o \
    $(foreach k,$(KERNELS) $(KERNELS:=_single),$(BENCH_LANES:%.c=$(BUILD)/%.$(k).o)) $(BUILD)/libdyson.a
	$(LINK) $(LIBS)

# The kernels for ARM, where a cross compiler is: the same sources, run under emulation by tests/run.
# Random123 is all headers; a folder of its own keeps the rest of /usr/include out of the way.
CROSS  := aarch64-linux-gnu-gcc
NEON   := $(wildcard $(LANE_SOURCES) src/lanes/*.c src/random/*.c src/spectrum/spectrum.c \
            src/models/*/kernel.c src/base/error.c $(REFERENCE) tests/kernel_check.c)
neon: $(if $(shell command -v $(CROSS)),$(if $(filter %check.c,$(NEON)),$(BUILD)/neon/kernel_check))

$(BUILD)/neon/kernel_check: $(sort $(NEON:%.c=$(BUILD)/neon/%.o) $(SINGLE_SOURCES:%.c=$(BUILD)/neon/%.single.o))
	$(CROSS) -static -o $@ $^ -lm
NEON_COMPILE = @mkdir -p $(@D) $(BUILD)/neon/include && \
    ln -sfn /usr/include/Random123 $(BUILD)/neon/include/Random123 && echo "  CC $(@:$(BUILD)/%=%)" && \
    $(CROSS) -O2 $(CODE_FLAGS) -D_GNU_SOURCE -Iinclude -Isrc -Itests -isystem $(BUILD)/neon/include -MMD -MP -c -o $@ $<
$(BUILD)/neon/%.o: %.c $(BUILD)/flags
	$(NEON_COMPILE) -DDYSON_LANE_KERNEL=base
$(BUILD)/neon/%.single.o: %.c $(BUILD)/flags
	$(NEON_COMPILE) -DDYSON_LANE_KERNEL=base_single -DDYSON_LANE_SINGLE

# The spectra of teams by ELPA, from any size on, where it is installed: in place of the library's own.
ELPA_FOUND := $(shell $(PKG_CONFIG) --exists elpa 2>/dev/null && echo yes)
ELPA_TEST  := tests/mpi/spectra_teams_test.c src/team/elpa.c src/team/spectrum.c
elpa: $(if $(ELPA_FOUND),$(BUILD)/elpa/spectra_teams_test)
$(BUILD)/elpa/spectra_teams_test: $(ELPA_TEST:%.c=$(BUILD)/elpa/%.o) $(BUILD)/libdyson.a
	$(LINK) -lcmocka $(shell $(PKG_CONFIG) --libs elpa 2>/dev/null) $(LIBS)
$(BUILD)/elpa/%.o: EXTRA = -DDYSON_ELPA -DTEAM_ELPA_LEAST=1 \
    $(patsubst -I%,-isystem%,$(shell $(PKG_CONFIG) --cflags elpa 2>/dev/null))
$(BUILD)/elpa/%.o: %.c $(BUILD)/flags | $(BUILD)/needs
	$(COMPILE)

# ---- runs and figures ----
demo:
	@$(SETUP) demo
	@$(MAKE) --no-print-directory all
	mkdir -p out
	$(MPIRUN) -n $(RANKS) $(BUILD)/dyson run jobs/demo.ini -o out/demo.h5 --overwrite
	@$(MAKE) --no-print-directory figures FILE=out/demo.h5 OUT=out
	$(PYTHON) analysis/table.py out/demo.h5

OUT ?= out
figures:
	$(if $(FILE),,$(error make figures FILE=run.h5 [OUT=folder]))
	@$(SETUP) demo
	@$(MAKE) --no-print-directory all
	mkdir -p $(OUT)
	$(MPIRUN) -n $(RANKS) $(BUILD)/dyson stats $(FILE)
	$(PYTHON) analysis/draw.py $(FILE) -o $(OUT)

# ---- the rest ----
setup:
	@src/setup test

install: all
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin lib/pkgconfig include/dyson share/doc/dyson \
	    share/man/man1 share/dyson/jobs share/dyson/analysis)
	install $(BUILD)/dyson $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(BUILD)/libdyson.a $(DESTDIR)$(PREFIX)/lib
	install -m 644 include/dyson/*.h $(DESTDIR)$(PREFIX)/include/dyson
	install -m 644 $(wildcard README.md LICENSE CITATION.cff docs/*.md) \
	    $(DESTDIR)$(PREFIX)/share/doc/dyson
	install -m 644 $(wildcard jobs/*) $(DESTDIR)$(PREFIX)/share/dyson/jobs
	install -m 644 $(wildcard analysis/*.py) $(DESTDIR)$(PREFIX)/share/dyson/analysis
	$(BUILD)/dyson help --roff >$(DESTDIR)$(PREFIX)/share/man/man1/dyson.1
	printf '%s\n' 'prefix=$(PREFIX)' 'Name: dyson' 'Version: $(VERSION)' \
	    'Description: ensembles of stochastically trained models and their spectra' \
	    'Requires: $(PACKAGES)' 'Cflags: -I$${prefix}/include $(MPI_CFLAGS)' \
	    'Libs: -L$${prefix}/lib -ldyson $(MPI_LIBS) -lm' \
	    >$(DESTDIR)$(PREFIX)/lib/pkgconfig/dyson.pc

uninstall:
	rm -rf $(addprefix $(DESTDIR)$(PREFIX)/,bin/dyson lib/libdyson.a lib/pkgconfig/dyson.pc \
	    include/dyson share/doc/dyson share/man/man1/dyson.1 share/dyson)

clean:
	rm -rf $(BUILD) build-asan build-fuzz build-lint

help:
	@sed -n 's/^## \{0,1\}//p' Makefile

FORCE:
.PHONY: all tests neon elpa test test-asan test-cluster test-faults fuzz fuzzers lint bench bench-scale demo figures \
    setup install uninstall clean help FORCE
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

// One platform and one provider for all: a fault that one case sets must not meet another's calls.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

// Each of these runs a whole platform; two at once on a small machine would measure each other.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

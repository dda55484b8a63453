namespace Platform.IntegrationTests;

/// <summary>Where the checkout and its build output are, seen from the test's own assembly (artifacts/bin/PROJECT/CONFIGURATION/).</summary>
internal static class Checkout
{
    private static readonly DirectoryInfo Output = new(AppContext.BaseDirectory.TrimEnd('/'));

    public static string Root { get; } = Output.Parent!.Parent!.Parent!.Parent!.FullName;

    public static string BuiltAssembly(string project, string assembly) => Path.Combine(Root, "artifacts", "bin", project, Output.Name, assembly + ".dll");
}

namespace Platform.Cli.Tests;

/// <summary>Where the checkout is, seen from the tests' own assembly.</summary>
internal static class Checkout
{
    /// <summary>A file or folder of it.</summary>
    public static string Path(string name)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(folder.FullName, "Platform.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run within the checkout.");
        }

        return System.IO.Path.Combine(folder.FullName, name);
    }
}

namespace Platform.Cli.Tests;

/// <summary>A file for as long as a test runs.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(string extension, string text)
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"kt-{Guid.NewGuid():N}{extension}");
        File.WriteAllText(Path, text);
    }

    public string Path { get; }

    public void Dispose() => File.Delete(Path);
}

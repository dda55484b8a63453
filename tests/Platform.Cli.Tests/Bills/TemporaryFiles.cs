namespace Platform.Cli.Tests.Bills;

/// <summary>Files of one directory that goes away with the test.</summary>
internal sealed class TemporaryFiles : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kt-bill-");
    private int _count;

    public string Add(string text) => Add($"page{++_count}.json", text);

    public string Add(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => _directory.Delete(recursive: true);
}

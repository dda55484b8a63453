using System.Runtime.Versioning;
using Platform.Cli.Output;

namespace Platform.Cli.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class DraftFileTests : IDisposable
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kt-draft-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_file_that_was_kept_has_the_new_text_and_the_rights_of_the_old_one()
    {
        var path = Path.Combine(_folder.FullName, "a.csv");
        File.WriteAllText(path, "old and longer");
        File.SetUnixFileMode(path, Mine);

        Write(path, keep: true);
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal(Mine, File.GetUnixFileMode(path));
        Assert.Single(_folder.GetFiles());
    }

    [Fact]
    public void A_file_that_was_not_there_comes_with_its_whole_text()
    {
        var path = Path.Combine(_folder.FullName, "a.csv");

        Write(path, keep: false);
        Assert.Empty(_folder.GetFiles());
        Write(path, keep: true);
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Single(_folder.GetFiles());
    }

    [Fact]
    public void A_file_that_was_not_kept_is_as_it_was()
    {
        var path = Path.Combine(_folder.FullName, "a.csv");
        File.WriteAllText(path, "old");

        Write(path, keep: false);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(_folder.GetFiles());
    }

    [Fact]
    public void What_a_link_points_to_is_replaced_and_the_link_stays()
    {
        var (path, link) = (Path.Combine(_folder.FullName, "a.csv"), Path.Combine(_folder.FullName, "link.csv"));
        File.WriteAllText(path, "old");
        File.CreateSymbolicLink(link, path);

        Write(link, keep: true);
        Assert.Equal("new", File.ReadAllText(path));
        File.Delete(path);
        Write(link, keep: true);
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal(path, new FileInfo(link).LinkTarget);
    }

    [Fact]
    public void A_device_is_written_to_and_stays_one()
    {
        Write("/dev/null", keep: true);

        Assert.Empty(File.ReadAllText("/dev/null"));
        Assert.False(File.Exists("/dev/null.part"));
    }

    private static void Write(string path, bool keep)
    {
        using var draft = DraftFile.Create(path);
        draft.Writer.Write("new");
        if (keep)
        {
            draft.Keep();
        }
    }
}

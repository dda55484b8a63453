namespace Platform.Export.Tests;

public class StoreTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Object_is_there_once_it_is_committed_and_not_before()
    {
        await using var export = await TestExport.CreateAsync();
        await using (var given = await export.Store.CreateAsync("finops-artifacts", "a/b/c/file", Cancel))
        {
            await given.Stream.WriteAsync("up"u8.ToArray(), Cancel);
        }

        Assert.Null(await export.Store.GetAsync("finops-artifacts", "a/b/c/file", Cancel));
        foreach (var text in new[] { "one", "another" })
        {
            await using var kept = await export.Store.CreateAsync("finops-artifacts", "a/b/c/file", Cancel);
            await kept.Stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text), Cancel);
            await kept.CommitAsync(Cancel);
        }

        await using var stream = await export.Store.GetAsync("finops-artifacts", "a/b/c/file", Cancel);
        using var reader = new StreamReader(stream!);
        Assert.Equal("another", await reader.ReadToEndAsync(Cancel));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(export.Folder, ".incoming")));
    }

    [Fact]
    public async Task Object_that_is_not_committed_takes_no_room()
    {
        await using var export = await TestExport.CreateAsync();
        await using (var given = await export.Store.CreateAsync("finops-artifacts", "file", Cancel))
        {
            await given.Stream.WriteAsync(new byte[100_000], Cancel);
        }

        Assert.Empty(Directory.EnumerateFiles(Path.Combine(export.Folder, ".incoming")));
    }

    [Fact]
    public async Task Second_writer_of_a_key_fails_rather_than_mixing_its_bytes_in()
    {
        await using var export = await TestExport.CreateAsync();
        await using var first = await export.Store.CreateAsync("finops-artifacts", "file", Cancel);
        await Assert.ThrowsAsync<IOException>(() => export.Store.CreateAsync("finops-artifacts", "file", Cancel));
    }

    [Fact]
    public void Folder_that_cannot_be_flushed_is_an_error()
    {
        if (OperatingSystem.IsLinux())
        {
            Assert.Throws<IOException>(() => Objects.DirectorySync.FlushUpTo("/no", "/no/such/folder/file"));
        }
    }
}

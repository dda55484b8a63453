using System.Text;

namespace Platform.Cli.Tests;

/// <summary>Files that people hand to kt are UTF-8 or refused, before anything of them is sent.</summary>
public sealed class Utf8FileTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"kt-{Guid.NewGuid():N}.txt");

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("import FILE --format csv")]
    [InlineData("import FILE --format csv --dry-run")]
    [InlineData("import FILE --format litellm")]
    [InlineData("import FILE --format openai-usage")]
    [InlineData("import FILE --format openai-costs")]
    [InlineData("import /dev/null --format csv --map FILE")]
    [InlineData("imports map set --file FILE")]
    [InlineData("forecast plan import FILE")]
    [InlineData("forecast scenarios save a --file FILE")]
    [InlineData("forecast csv FILE --frequency D --horizon 3")]
    [InlineData("forecast calendar set --holidays FILE")]
    [InlineData("prices import FILE --format csv")]
    [InlineData("prices import FILE --format json")]
    [InlineData("prices import FILE --format community")]
    [InlineData("prices import FILE")]
    [InlineData("prices diff FILE")]
    [InlineData("routes apply --file FILE")]
    [InlineData("routes diff --file FILE")]
    [InlineData("reconcile --provider openai --file FILE")]
    [InlineData("batches submit FILE")]
    public async Task Of_another_encoding_is_refused_by_line_and_byte_with_the_command_that_converts_it_and_nothing_of_it_is_sent(string line)
    {
        await File.WriteAllBytesAsync(_file, [.. "name\n\ncaf"u8, 0xE9, .. "\n"u8], TestContext.Current.CancellationToken);
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url) { Variables = { ["KEEPTRUSTS_GATEWAY_URL"] = server.Url, ["KEEPTRUSTS_INFERENCE_KEY"] = "kt_live_0123456789abcdef" } };

        var code = await kt.RunAsync(line.Replace("FILE", _file, StringComparison.Ordinal).Split(' '));

        Assert.Contains($"'{_file}' is not text in UTF-8: line 3, byte 4 is 0xE9.", kt.Error, StringComparison.Ordinal);
        Assert.Contains($"iconv -f WINDOWS-1252 -t UTF-8 '{_file}' > '{_file}.utf8'", kt.Error, StringComparison.Ordinal);
        Assert.True(code is ExitCodes.Failed or ExitCodes.Usage);
        Assert.DoesNotContain(server.Requests, request => !request.Request.StartsWith("GET ", StringComparison.Ordinal));
        Assert.Empty(kt.Out);
    }

    [Fact]
    public async Task Configuration_of_another_encoding_is_told_and_no_fault_of_kt()
    {
        using var kt = new RunningKt("");
        Directory.CreateDirectory(Path.GetDirectoryName(kt.ConfigFile)!);
        await File.WriteAllBytesAsync(kt.ConfigFile, [.. "{\"api_url\": \"http://caf"u8, 0xE9, .. "\"}"u8], TestContext.Current.CancellationToken);

        Assert.Equal(1, await kt.RunAsync("config", "show"));
        Assert.Contains("line 1, byte 24 is 0xE9", kt.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("utf-16", "UTF-16")]
    [InlineData("utf-16BE", "UTF-16BE")]
    [InlineData("utf-16LE", "UTF-16LE")]
    public void Wide_text_is_named_with_or_without_its_mark(string encoding, string named)
    {
        var wide = Encoding.GetEncoding(encoding);
        File.WriteAllBytes(_file, [.. encoding == "utf-16" ? wide.Preamble : [], .. wide.GetBytes("time,team\n")]);

        var refused = Assert.Throws<KtError>(() => TextFiles.TextFile.ReadBytes(_file));
        Assert.Contains($"iconv -f {named} -t UTF-8 '{_file}'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0x1F, 0x8B, 8, 0 }, "It is compressed. Unpack it: gunzip -c '")]
    [InlineData(new byte[] { (byte)'P', (byte)'K', 3, 4, 20, 0 }, "It is a zip archive, as workbooks of spreadsheets (.xlsx) are too. Export the sheet as CSV in UTF-8, or unpack the archive: unzip '")]
    public void What_is_packed_is_told_to_be_and_no_text_of_another_encoding(byte[] head, string remedy)
    {
        File.WriteAllBytes(_file, head);

        var refused = Assert.Throws<KtError>(() => TextFiles.TextFile.ReadBytes(_file));
        Assert.Contains(remedy + _file, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("iconv", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Characters_that_lie_across_the_blocks_of_reading_are_whole_and_a_wrong_byte_behind_them_is_placed()
    {
        var text = string.Concat(Enumerable.Repeat("aé€😀\n", 30_000));
        File.WriteAllText(_file, text);
        Assert.Equal(text, Encoding.UTF8.GetString(TextFiles.TextFile.ReadBytes(_file)));

        File.WriteAllBytes(_file, [.. Encoding.UTF8.GetBytes(text), .. "ab"u8, 0xE2, 0x82]);
        var refused = Assert.Throws<KtError>(() => TextFiles.TextFile.ReadBytes(_file));
        Assert.Contains("line 30001, byte 3 is 0xE2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_mark_of_the_encoding_is_passed_over()
    {
        File.WriteAllText(_file, "\uFEFF[1]\r\n");

        Assert.Equal("[1]\r\n"u8.ToArray(), TextFiles.TextFile.ReadBytes(_file));
        Assert.Equal(["[1]"], TextFiles.TextFile.Lines(_file));
    }
}

using System.Text.RegularExpressions;
using Platform.IntegrationTests;

namespace Platform.Contracts.Tests;

/// <summary>What the documentation names of this repository is there, so that a reader can open it: files and folders, links, and decisions, which sources name too.</summary>
public sealed partial class DocumentedPathsTests
{
    private static readonly string[] Folders = [".ci", "AppHost", "ServiceDefaults", "benchmarks", "docs", "protos", "src", "tests"];

    private static readonly string[] Files =
        [.. Folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Checkout.Root, folder), "*", SearchOption.AllDirectories)).Select(Named)];

    private static readonly HashSet<string> Decisions =
        [.. Directory.EnumerateFiles(Path.Combine(Checkout.Root, "docs", "decisions"), "*.md").Select(path => Path.GetFileName(path)[..4])];

    [Fact]
    public void Every_file_and_folder_that_is_named_exists()
    {
        var names = Files.SelectMany(Endings).ToHashSet(StringComparer.Ordinal);
        var named = Pages().SelectMany(page => CodePattern().Matches(page.Text).Select(match => (page.Name, Path: match.Groups["path"].Value.TrimEnd('/')))).ToList();
        Assert.True(named.Count > 500, $"Only {named.Count} names were found.");
        Assert.Empty(named.Where(one => !names.Contains(one.Path) && !Directory.Exists(Path.Combine(Checkout.Root, one.Path))).Distinct());
    }

    [Fact]
    public void Every_link_between_pages_leads_somewhere()
    {
        var links = Pages().SelectMany(page => LinkPattern().Matches(page.Text).Select(match => (page.Name, Path: match.Groups["path"].Value)))
            .Where(link => !link.Path.Contains("://", StringComparison.Ordinal)).ToList();
        Assert.Empty(links.Where(link => !Path.Exists(Path.Combine(Checkout.Root, Path.GetDirectoryName(link.Name)!, link.Path))).Distinct());
    }

    [Fact]
    public void Every_decision_that_is_named_was_written_down()
    {
        var sources = Files.Where(file => Path.GetExtension(file) is ".cs" or ".proto" or ".sql").Select(file => (Name: file, Text: File.ReadAllText(Path.Combine(Checkout.Root, file))));
        var named = Pages().Concat(sources)
            .SelectMany(page => DecisionPattern().Matches(page.Text).SelectMany(match => match.Groups["number"].Captures.Select(number => (page.Name, Decision: number.Value)))).ToList();
        Assert.True(named.Count > 300, $"Only {named.Count} decisions were found.");
        Assert.Empty(named.Where(one => !Decisions.Contains(one.Decision)).Distinct());
    }

    private static IEnumerable<(string Name, string Text)> Pages() => Files.Where(file => file.StartsWith("docs/", StringComparison.Ordinal) && Path.GetExtension(file) == ".md")
        .Append("README.md").Select(file => (file, File.ReadAllText(Path.Combine(Checkout.Root, file))));

    private static string Named(string path) => Path.GetRelativePath(Checkout.Root, path).Replace('\\', '/');

    /// <summary>A page may leave folders out in front of a file's name.</summary>
    private static IEnumerable<string> Endings(string file)
    {
        for (var start = 0; start >= 0; start = file.IndexOf('/', start) + 1 is > 0 and var next ? next : -1)
        {
            yield return file[start..];
        }
    }

    // A path from the root on, or the name of a source file. Patterns and placeholders name nothing.
    [GeneratedRegex(@"`(?<path>(\.ci|AppHost|ServiceDefaults|benchmarks|docs|protos|src|tests)/[^`\s*<>{}]*|[A-Z][\w/]*\.(cs|proto|razor)|\d{4}_\w+\.sql)`")]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"\]\((?<path>[^)#\s]+)(#[^)]*)?\)")]
    private static partial Regex LinkPattern();

    [GeneratedRegex(@"(\b[Dd]ecisions? |docs/decisions/)(?<number>\d{4})\b(( and |, )(?<number>\d{4})\b)*")]
    private static partial Regex DecisionPattern();
}

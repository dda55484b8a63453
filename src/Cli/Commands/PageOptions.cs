using System.CommandLine;
using System.Globalization;

namespace Platform.Cli.Commands;

/// <summary><c>--limit</c> and <c>--page</c>.</summary>
internal sealed class PageOptions(int limit = 100)
{
    public Option<int> Limit { get; } = NumberOption.Create("--limit", "How many, 1 to 1,000.", 1, 1000, limit);

    public Option<string?> Page { get; } = CommonOptions.Text("--page", "The page token that the page before named.");

    /// <summary>As query parameters.</summary>
    public (string Name, string? Value)[] Read(ParseResult parsed) =>
        [("page_size", parsed.GetValue(Limit).ToString(CultureInfo.InvariantCulture)), ("page_token", parsed.GetValue(Page))];
}

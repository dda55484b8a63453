using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Dashboard.Figures;
using Platform.Dashboard.Overview;

namespace Platform.Dashboard.Tests;

/// <summary>What stands beside a wallet whose figures are no ceiling, as the page has it.</summary>
public sealed partial class WalletMarksTests
{
    private static readonly MeteringFigures Metering = new("", "USD", DateTimeOffset.UnixEpoch, new Dictionary<string, RunRateLine>(), new([], null), new([], null), new([], null),
    [
        new MarkedSpend("team_a", MarkNames.Overflow, new Money(1_500_000_000), 1_200), new MarkedSpend("team_a", MarkNames.Observed, new Money(250_000_000), 3),
        new MarkedSpend("team_b", MarkNames.Overflow, new Money(500_000_000), 1),
    ]);

    [Theory]
    [InlineData(WalletScope.Team, "team_a", 0, false, "overflow $1.50 | observed $0.25")]
    [InlineData(WalletScope.Team, "team_b", 1, true, "observes only | in suspense <$0.01 | overflow $0.50")]
    [InlineData(WalletScope.Team, "team_c", 0, false, "")]
    [InlineData(WalletScope.User, "team_a", 0, true, "observes only")]
    [InlineData(WalletScope.Organisation, "", 0, false, "overflow $2.00 | observed $0.25")]
    public async Task Wallet_is_shown_with_its_policy_and_what_it_let_through(WalletScope scope, string team, long suspense, bool observe, string expected)
    {
        var line = WalletLine.From(new WalletView
        {
            WalletId = "wal", Scope = scope, TeamId = team, Currency = "USD", SuspenseNanos = suspense, Policy = new WalletPolicy { Observe = observe },
        });
        Assert.Equal(expected, string.Join(" | ", Notes(await RenderAsync(line, Metering))));
        Assert.Equal(expected.Split(" | ").TakeWhile(note => note is "observes only" or "in suspense <$0.01"), Notes(await RenderAsync(line, null)));
    }

    private static async Task<string> RenderAsync(WalletLine wallet, MeteringFigures? metering)
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        return await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<WalletMarks>(ParameterView.FromDictionary(
            new Dictionary<string, object?> { [nameof(WalletMarks.Wallet)] = wallet, [nameof(WalletMarks.Metering)] = metering }))).ToHtmlString());
    }

    /// <summary>The notes as they read.</summary>
    private static IEnumerable<string> Notes(string html) =>
        Note().Matches(html).Select(match => WebUtility.HtmlDecode(Tag().Replace(match.Groups[1].Value, " "))).Select(text => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));

    [GeneratedRegex("""<span class="note" title="[^"]*">(.*?)</span>(?!</span>)""", RegexOptions.Singleline)]
    private static partial Regex Note();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}

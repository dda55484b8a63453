using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Commands;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Demo;

/// <summary>
/// Money for the demo's teams out of the organisation's wallet: an empty wallet would be all that a forecast has to say of them. How much goes by what their calls cost, which of another currency, or at other prices,
/// is another number. Each team gets it once: a run that goes on where another ended funds those that it left, and none a second time.
/// </summary>
internal static class DemoFunding
{
    /// <summary>Reviews look to the end of the next month, which is one to two months ahead: with so many no team is about to run out, and none has much to give back.</summary>
    private const decimal Months = 1.75m;

    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    /// <summary>
    /// Funds the teams whose wallet nobody has funded and whose calls cost something, while the organisation has enough. One that is frozen, observes or overflows is empty on purpose. The history is there by now:
    /// a team is given by what it has spent in a month.
    /// </summary>
    /// <returns>For people, what was done; null when there was nothing to do.</returns>
    public static async Task<string?> FundAsync(ApiClient api, DemoPlan plan, DateTimeOffset now, CancellationToken cancellation)
    {
        var wanted = await UnfundedAsync(api, cancellation);
        string[] teams = [.. DemoPlan.Teams.Select(team => team.TeamId).Where(wanted.Contains)];
        if (teams.Length == 0)
        {
            return null;
        }

        var (funds, currency) = await FundsAsync(api, plan, now, cancellation);
        string[] costing = [.. teams.Where(funds.ContainsKey)];
        var given = costing.Length;
        for (var place = 0; place < given; place++)
        {
            if (!await TryAllocateAsync(api, costing[place], funds[costing[place]], currency, cancellation))
            {
                given = place;
            }
        }

        // What a team got by its key and gave back is not given again: its wallet is as empty as before.
        var empty = given == 0 ? [] : await UnfundedAsync(api, cancellation);
        string[] parts =
        [
            Named(costing.Take(given).Where(team => !empty.Contains(team)).Select(WithFunds), "{0}, of the organisation's wallet"),
            Named(costing.Take(given).Where(empty.Contains), "not again {0}: it was taken back"),
            Named(costing.Skip(given).Select(WithFunds), "not {0}: the organisation has not enough (kt wallets credit)"),
            Named(teams.Except(costing), $"not {{0}}: no call of theirs has a price in {currency}"),
        ];
        return string.Join("; ", parts.Where(part => part.Length > 0));

        string WithFunds(string team) => $"{team} {funds[team].ToExactString()}";
    }

    private static string Named(IEnumerable<string> teams, string form)
    {
        var names = string.Join(", ", teams);
        return names.Length == 0 ? "" : string.Format(CultureInfo.InvariantCulture, form, names);
    }

    /// <summary>What each team that spends gets, by the last thirty days or what there is of them.</summary>
    private static async Task<(IReadOnlyDictionary<string, Money> Funds, string Currency)> FundsAsync(ApiClient api, DemoPlan plan, DateTimeOffset now, CancellationToken cancellation)
    {
        var (first, from) = (DemoPlan.Midnight(plan.FirstDay), now - Month);
        from = from < first ? first : from;
        using var answer = await api.GetAsync(Query.Path("v1/spend", ("group_by", "team"), ("from", from.UtcDateTime.ToString("O", CultureInfo.InvariantCulture))), cancellation);
        var part = (decimal)(Month / (now - from));
        return (
            answer.RootElement.GetProperty("rows").EnumerateArray().Where(row => row.Amount("cost") is { Nanos: > 0 })
                .ToDictionary(row => row.Text("team"), row => OfMonth(row.Amount("cost")!.Value.Nanos * part)),
            answer.RootElement.Text("currency"));
    }

    /// <summary>What a team gets that spends so much in a month: rounded up to two digits, a number that somebody would have chosen.</summary>
    internal static Money OfMonth(decimal nanos)
    {
        var funds = Math.Max(1, decimal.Ceiling(nanos * Months));
        var place = 1m;
        while (funds / place > 100)
        {
            place *= 10;
        }

        return new Money((long)(decimal.Ceiling(funds / place) * place));
    }

    /// <summary>Teams whose wallet is empty, because nobody put money into it or all was taken back, and is to be used once it is not.</summary>
    private static async Task<HashSet<string>> UnfundedAsync(ApiClient api, CancellationToken cancellation)
    {
        var unfunded = new HashSet<string>(StringComparer.Ordinal);
        var token = "";
        do
        {
            using var answer = await api.GetAsync(Query.Path("v1/wallets", ("scope", "team"), ("page_size", "1000"), ("page_token", token)), cancellation);
            unfunded.UnionWith(answer.RootElement.GetProperty("wallets").EnumerateArray()
                .Where(wallet => wallet.Text("scope") == "team" && WalletShowCommand.IsUnfunded(wallet) && !WalletShowCommand.IsSet(wallet, "frozen", "observe", "overflow_to_parent"))
                .Select(wallet => wallet.Text("team_id")));
            token = answer.RootElement.Text("next_page_token");
        }
        while (token.Length > 0);

        return unfunded;
    }

    /// <summary>False when the organisation has not that much.</summary>
    private static async Task<bool> TryAllocateAsync(ApiClient api, string teamId, Money funds, string currency, CancellationToken cancellation)
    {
        try
        {
            using var transfer = await api.PostAsync(
                "v1/wallets/allocate",
                body =>
                {
                    body.WriteString("team_id", teamId);
                    body.WriteAmount("amount", funds);
                    body.WriteString("currency", currency);
                    body.WriteString("description", "kt demo: a budget");
                },
                cancellation,
                key: $"kt-demo-{teamId}");
            return true;
        }
        catch (KtError refused) when (refused.Reason == Reasons.IdempotencyConflict)
        {
            // It got another amount by this key before, by what its calls cost then.
            return true;
        }
        catch (KtError refused) when (refused.Reason == Reasons.InsufficientFunds)
        {
            return false;
        }
    }
}

using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Commands;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Demo;

/// <summary>
/// Money for the demo's teams out of the organisation's wallet: an empty wallet would be all that a forecast has to say of them. Each team gets it once: a run that goes on where another ended funds those that
/// it left, and none a second time.
/// </summary>
internal static class DemoFunding
{
    /// <summary>Funds the teams whose wallet nobody has funded, while the organisation has enough. One that is frozen, observes or overflows is empty on purpose.</summary>
    /// <returns>For people, what was done; null when there was nothing to do.</returns>
    public static async Task<string?> FundAsync(ApiClient api, CancellationToken cancellation)
    {
        var wanted = await UnfundedAsync(api, cancellation);
        var teams = DemoPlan.Teams.Where(team => wanted.Contains(team.TeamId)).ToList();
        if (teams.Count == 0)
        {
            return null;
        }

        using var caller = await api.GetAsync("v1/whoami", cancellation);
        var currency = caller.RootElement.Text("currency");
        var given = teams.Count;
        for (var place = 0; place < given; place++)
        {
            if (!await TryAllocateAsync(api, teams[place].TeamId, teams[place].Funds, currency, cancellation))
            {
                given = place;
            }
        }

        // What a team got by its key and gave back is not given again: the answer is then the old one, and the wallet as empty as before.
        var empty = given == 0 ? [] : await UnfundedAsync(api, cancellation);
        string[] parts =
        [
            Named(teams.Take(given).Where(team => !empty.Contains(team.TeamId)), "{0}, of the organisation's wallet"),
            Named(teams.Take(given).Where(team => empty.Contains(team.TeamId)), "not again {0}: it was taken back"),
            Named(teams.Skip(given), "not {0}: the organisation has not enough (kt wallets credit)"),
        ];
        return string.Join("; ", parts.Where(part => part.Length > 0));
    }

    private static string Named(IEnumerable<(string TeamId, string Name, long Funds)> teams, string form)
    {
        var names = string.Join(", ", teams.Select(team => $"{team.TeamId} {team.Funds.ToString(CultureInfo.InvariantCulture)}"));
        return names.Length == 0 ? "" : string.Format(CultureInfo.InvariantCulture, form, names);
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
    private static async Task<bool> TryAllocateAsync(ApiClient api, string teamId, long units, string currency, CancellationToken cancellation)
    {
        try
        {
            using var transfer = await api.PostAsync(
                "v1/wallets/allocate",
                body =>
                {
                    body.WriteString("team_id", teamId);
                    body.WriteAmount("amount", new Money(units * Money.NanosPerUnit));
                    body.WriteString("currency", currency);
                    body.WriteString("description", "kt demo: a month's budget");
                },
                cancellation,
                key: string.Create(CultureInfo.InvariantCulture, $"kt-demo-{teamId}-{units}"));
            return true;
        }
        catch (KtError refused) when (refused.Reason == Reasons.InsufficientFunds)
        {
            return false;
        }
    }
}

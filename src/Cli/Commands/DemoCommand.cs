using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Demo;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary>
/// <c>kt demo</c>: a believable history through the public usage intake, as `history`, which touches no wallet. Teams that it makes are funded by the organisation for a month. A second run adds
/// nothing.
/// </summary>
internal static class DemoCommand
{
    private const int BatchSize = 1000;

    public static Command Create(KtEnvironment environment)
    {
        var days = new Option<int>("--days") { Description = "How many days up to now, 7 to 400.", DefaultValueFactory = _ => 90 };
        var seed = new Option<int>("--seed") { Description = "Another seed makes another history.", DefaultValueFactory = _ => 42 };
        return new Command("demo", "Make ninety days of believable history, so that spend, forecast and export have something to show.").Does(
            async (parsed, cancellation) =>
            {
                if (parsed.GetValue(days) is < 7 or > 400)
                {
                    throw new KtError(ExitCodes.Usage, "--days must be 7 to 400.");
                }

                using var api = environment.Connect();
                var now = environment.Time.GetUtcNow();
                var plan = DemoPlan.For(now, parsed.GetValue(days), parsed.GetValue(seed));
                var (created, funded) = await CreateTeamsAsync(api, cancellation);
                var tally = await SendAsync(api, environment, [.. DemoHistory.Make(plan, now)], cancellation);
                Report(environment, plan, created, funded, tally);
                return tally.Refused == 0 ? ExitCodes.Ok : ExitCodes.Failed;
            },
            days, seed);
    }

    /// <summary>Makes the teams that there are not yet, and funds those while the organisation has enough: an empty wallet would be all that a forecast has to say of them.</summary>
    private static async Task<(IReadOnlyList<string> Created, IReadOnlyList<string> Funded)> CreateTeamsAsync(ApiClient api, CancellationToken cancellation)
    {
        using var answer = await api.GetAsync("v1/teams", cancellation);
        var known = answer.RootElement.GetProperty("teams").EnumerateArray().Select(team => team.Text("team_id")).ToHashSet();
        using var caller = await api.GetAsync("v1/whoami", cancellation);
        var currency = caller.RootElement.Text("currency");
        var (created, funded, isFunding) = (new List<string>(), new List<string>(), true);
        foreach (var (teamId, name, funds) in DemoPlan.Teams.Where(team => !known.Contains(team.TeamId)))
        {
            using var made = await api.PostAsync(
                "v1/teams",
                body =>
                {
                    body.WriteString("team_id", teamId);
                    body.WriteString("name", name);
                },
                cancellation);
            created.Add(teamId);
            isFunding = isFunding && await TryFundAsync(api, teamId, funds, currency, cancellation);
            if (isFunding)
            {
                funded.Add($"{teamId} {funds.ToString(CultureInfo.InvariantCulture)}");
            }
        }

        return (created, funded);
    }

    /// <summary>False when the organisation has not that much.</summary>
    private static async Task<bool> TryFundAsync(ApiClient api, string teamId, long units, string currency, CancellationToken cancellation)
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
                cancellation);
            return true;
        }
        catch (KtError refused) when (refused.Reason == Reasons.InsufficientFunds)
        {
            return false;
        }
    }

    private static async Task<DemoTally> SendAsync(ApiClient api, KtEnvironment environment, IReadOnlyList<DemoEvent> events, CancellationToken cancellation)
    {
        var progress = new ProgressLine(environment, "calls", events.Count);
        var tally = new DemoTally();
        foreach (var batch in events.Chunk(BatchSize))
        {
            using var answer = await api.PostAsync(
                "v1/spend/log",
                body =>
                {
                    body.WriteStartArray("events");
                    foreach (var made in batch)
                    {
                        made.Write(body);
                    }

                    body.WriteEndArray();
                },
                cancellation);
            tally = tally.Add(answer.RootElement);
            progress.Advance(batch.Length);
        }

        progress.End();
        return tally;
    }

    private static void Report(KtEnvironment environment, DemoPlan plan, IReadOnlyList<string> created, IReadOnlyList<string> funded, DemoTally tally)
    {
        var incident = plan.Incident;
        environment.Printer(OutputFormat.Table).Facts(
        [
            ("history", $"{plan.FirstDay:yyyy-MM-dd} to {plan.LastDay:yyyy-MM-dd}, seed {plan.Seed}"),
            ("calls", string.Create(CultureInfo.InvariantCulture, $"{tally.Accepted:#,##0} made, {tally.Duplicates:#,##0} were there already, {tally.Refused:#,##0} refused")),
            ("cost", $"{tally.Cost.ToRoundedString()} (history: no wallet pays for it)"),
            ("teams made", created.Count == 0 ? "none" : string.Join(", ", created)),
            .. created.Count == 0 ? Array.Empty<(string, string)>() : [("funded", funded.Count == 0 ? "none: the organisation has not enough (kt wallets credit)" : $"{string.Join(", ", funded)}, of the organisation's wallet")],
            ("launch", $"{plan.Launch:yyyy-MM-dd}: {DemoPlan.LaunchTeam} interactive × {DemoPlan.LaunchFactor.ToString(CultureInfo.InvariantCulture)}"),
            ("routing change", $"{plan.RoutingChange:yyyy-MM-dd}: {DemoPlan.RoutingTeam} moves from {DemoPlan.DearModel} to {DemoPlan.CheapModel}"),
            ("incident", $"{incident.From:yyyy-MM-dd HH:mm} to {incident.To:HH:mm} UTC: {DemoPlan.DearModel} falls back to {DemoPlan.FallbackModel}"),
        ]);
        if (tally.Unpriced > 0)
        {
            environment.Error.WriteLine($"{tally.Unpriced} calls have no price and are in no sum: kt prices list shows what has one.");
        }

        if (tally.FirstRefusal is { } message)
        {
            environment.Error.WriteLine($"The first refusal said: {message}");
        }
    }
}

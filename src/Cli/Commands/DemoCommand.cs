using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Demo;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary>
/// <c>kt demo</c>: a believable history through the public usage intake, as `history`, which touches no wallet. Its teams that nobody has funded get what they spend in seven weeks of the organisation's wallet,
/// unless somebody says that they are to get none. A second run adds nothing.
/// </summary>
internal static class DemoCommand
{
    private const int BatchSize = 1000;

    public static Command Create(KtEnvironment environment)
    {
        var days = NumberOption.Create("--days", "How many days up to now, 7 to 400.", 7, 400, 90);
        var seed = new Option<int>("--seed") { Description = "Another seed makes another history.", DefaultValueFactory = _ => 42 };
        var noFunds = new Option<bool>("--no-funds") { Description = "Move no money: the teams' wallets stay as they are." };
        var force = new Option<bool>("--force") { Description = string.Create(CultureInfo.InvariantCulture, $"Make it beside more than {DemoGuard.MostRealCalls:#,##0} real calls too: it mixes made-up history into their figures, for good.") };
        return new Command(
            "demo",
            "Make ninety days of believable history, so that spend, forecast and export have something to show. "
            + "Moves money: each of its five teams whose wallet nobody has funded gets what its calls of seven weeks cost, of the organisation's wallet, but with --no-funds.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                if (!parsed.GetValue(force))
                {
                    await DemoGuard.RequireUnusedAsync(api, cancellation);
                }

                var now = environment.Time.GetUtcNow();
                var plan = DemoPlan.For(now, parsed.GetValue(days), parsed.GetValue(seed));
                var created = await CreateTeamsAsync(api, cancellation);
                var tally = await SendAsync(api, environment, [.. DemoHistory.Make(plan, now)], cancellation);
                var funded = parsed.GetValue(noFunds) ? "none, by --no-funds" : await DemoFunding.FundAsync(api, plan, now, cancellation);
                Report(environment, plan, created, funded, tally);
                return tally.Refused == 0 ? ExitCodes.Ok : ExitCodes.Failed;
            },
            days, seed, noFunds, force);
    }

    /// <summary>Makes the teams that there are not yet.</summary>
    private static async Task<IReadOnlyList<string>> CreateTeamsAsync(ApiClient api, CancellationToken cancellation)
    {
        using var answer = await api.GetAsync("v1/teams", cancellation);
        var known = answer.RootElement.GetProperty("teams").EnumerateArray().Select(team => team.Text("team_id")).ToHashSet();
        var created = new List<string>();
        foreach (var (teamId, name) in DemoPlan.Teams.Where(team => !known.Contains(team.TeamId)))
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
        }

        return created;
    }

    private static async Task<DemoTally> SendAsync(ApiClient api, KtEnvironment environment, IReadOnlyList<DemoEvent> events, CancellationToken cancellation)
    {
        using var progress = new ProgressLine(environment, "calls", events.Count);
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

        return tally;
    }

    private static void Report(KtEnvironment environment, DemoPlan plan, IReadOnlyList<string> created, string? funded, DemoTally tally)
    {
        var incident = plan.Incident;
        environment.Printer(OutputFormat.Table).Facts(
        [
            ("history", $"{plan.FirstDay:yyyy-MM-dd} to {plan.LastDay:yyyy-MM-dd}, seed {plan.Seed}"),
            ("calls", string.Create(CultureInfo.InvariantCulture, $"{tally.Accepted:#,##0} made, {tally.Duplicates:#,##0} were there already, {tally.Refused:#,##0} refused")),
            ("cost", $"{tally.Cost.ToRoundedString(OrganisationCurrency.Code)} (history: no wallet pays for it)"),
            ("teams made", created.Count == 0 ? "none" : string.Join(", ", created)),
            .. funded is null ? Array.Empty<(string, string)>() : [("funded", funded)],
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

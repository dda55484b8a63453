using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Demo;

/// <summary>
/// Keeps the demo out of an organisation that is used: its made-up history would stand in every sum, forecast and export beside what was really called. The demo's own calls are
/// history of its teams; all else counts as real, which the demo's calls to try the gateway are too, so a few do not stop it.
/// </summary>
internal static class DemoGuard
{
    /// <summary>Above so many calls an organisation is one that is used.</summary>
    public const long MostRealCalls = 10_000;

    /// <summary>How far back calls are counted: as far as a demo's history can reach.</summary>
    private const string Since = "400d";

    /// <exception cref="KtError">There are more real calls than <see cref="MostRealCalls"/>.</exception>
    public static async Task RequireUnusedAsync(ApiClient api, CancellationToken cancellation)
    {
        using var answer = await api.GetAsync(Query.Path("v1/spend", ("group_by", "team,funding"), ("since", Since)), cancellation);
        var real = answer.RootElement.GetProperty("rows").EnumerateArray().Where(row => !IsDemo(row)).Sum(row => row.GetProperty("calls").GetInt64());
        if (real > MostRealCalls)
        {
            throw new KtError(ExitCodes.Failed, string.Create(
                CultureInfo.InvariantCulture,
                $"This organisation has {real:#,##0} calls of the last 400 days that are no demo's: made-up history would stand beside them in every sum, forecast and export, and cannot be taken out again. Start a platform of its own for the demo (./run --data DIR --detach), or say --force."));
        }
    }

    private static bool IsDemo(JsonElement row) => row.Text("funding") == "history" && DemoPlan.Teams.Any(team => team.TeamId == row.Text("team"));
}

using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.IntegrationTests.Torture;

/// <summary>A team with a key and a little money.</summary>
internal sealed record FundedTeam(string TeamId, string Key, long FundedNanos)
{
    public string WalletId => "wal_" + TeamId;

    /// <summary>Makes teams of $0.05 to $1, most of them poor, so that many run empty.</summary>
    public static async Task<IReadOnlyList<FundedTeam>> MakeAsync(RunningPlatform platform, TortureSettings settings, CancellationToken cancellationToken)
    {
        var random = settings.RandomOf("funds");
        var wanted = Enumerable.Range(0, settings.Wallets)
            .Select(number => ($"team_t{number:000}", Amount: (long)(TortureSettings.LeastFundsNanos * (1 + (19 * Math.Pow(random.NextDouble(), 6))))))
            .ToList();
        var teams = new FundedTeam[wanted.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, wanted.Count),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (i, cancel) => teams[i] = await MakeAsync(platform, wanted[i].Item1, wanted[i].Amount, cancel));
        return teams;
    }

    public static async Task<FundedTeam> MakeAsync(RunningPlatform platform, string teamId, long nanos, CancellationToken cancellationToken)
    {
        await PostAsync(platform, "v1/teams", new { team_id = teamId, name = teamId }, cancellationToken);
        var key = await PostAsync(platform, "v1/keys", new { team_id = teamId, name = teamId }, cancellationToken);
        await PostAsync(
            platform, "v1/wallets/allocate", new { team_id = teamId, amount = new Money(nanos).ToDecimal(), currency = "USD" }, cancellationToken);
        return new FundedTeam(teamId, (string)key["secret"]!, nanos);
    }

    /// <summary>Answers when every replica of the gateway knows the newest key. Keys arrive in order, so that it knows the others too.</summary>
    public static Task KnownAsync(HttpClient gateway, FundedTeam newest, CancellationToken cancellationToken)
    {
        var inARow = 0;
        return Eventually.TrueAsync(
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "v1/models") { Headers = { { "Authorization", $"Bearer {newest.Key}" } } };
                request.Headers.ConnectionClose = true; // The next one asks another replica.
                using var response = await gateway.SendAsync(request, cancellationToken);
                inARow = response.IsSuccessStatusCode ? inARow + 1 : 0;
                return inARow >= 10;
            },
            TimeSpan.FromSeconds(30),
            "the new keys to be known to every gateway");
    }

    /// <exception cref="HttpRequestException">A refusal, or no answer: where services die, either is met.</exception>
    private static async Task<JsonNode> PostAsync(RunningPlatform platform, string path, object body, CancellationToken cancellationToken)
    {
        using var response = await platform.Api.PostAsJsonAsync(path, body, cancellationToken);
        var answer = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode
            ? JsonNode.Parse(answer)!
            : throw new HttpRequestException(HttpRequestError.Unknown, $"{path}: {answer}", inner: null, response.StatusCode);
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Platform.IntegrationTests.Torture;

/// <summary>What became of a try, as its client saw it.</summary>
internal enum CallEnd
{
    Answered,

    /// <summary>402: the wallet cannot cover it.</summary>
    Empty,

    /// <summary>The platform or the provider could not serve it: 5xx and 429.</summary>
    Unavailable,

    /// <summary>The connection broke.</summary>
    Broken,

    /// <summary>The client went away itself, before the answer or in the middle of it.</summary>
    Left,
}

/// <summary>
/// Clients that call the gateway until they are stopped, each at its own pace, through connections that are changed every second so that every client
/// meets every replica. They repeat what failed and go away in the middle of answers.
/// </summary>
internal sealed class TortureLoad(Uri gateway, IReadOnlyList<FundedTeam> teams, TortureSettings settings) : IDisposable
{
    private const int Tries = 3;
    private const int MeanPauseMs = 300;

    /// <summary>
    /// For how long a client hears nothing before it gives up: longer than the gateway waits for Wallet, which answers when its database is back. A long
    /// answer that comes word by word is not silence.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = 1_000, PooledConnectionLifetime = TimeSpan.FromSeconds(1), UseProxy = false,
    })
    {
        BaseAddress = gateway, Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly ConcurrentDictionary<CallEnd, int> _ends = new();
    private readonly ConcurrentDictionary<string, bool> _emptied = new();
    private readonly ConcurrentBag<string> _unexpected = [];
    private int _calls;

    public int Count(CallEnd end) => _ends.GetValueOrDefault(end);

    /// <summary>Teams that were refused at least once for lack of money.</summary>
    public IReadOnlyList<FundedTeam> Emptied => [.. teams.Where(team => _emptied.ContainsKey(team.TeamId))];

    /// <summary>Answers that no client should ever get.</summary>
    public IReadOnlyCollection<string> Unexpected => _unexpected;

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await Task.WhenAll(Enumerable.Range(0, settings.Clients).Select(number => ClientAsync(settings.RandomOf("client", number), stop)));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The time is up.
        }
    }

    /// <summary>One call with its repeats.</summary>
    public async Task<CallEnd> CallAsync(RandomCall call, Random random, bool mayLeave = true)
    {
        for (var attempt = 1; ; attempt++)
        {
            var end = await TryAsync(call, random, mayLeave);
            _ends.AddOrUpdate(end, 1, (_, count) => count + 1);
            if (end is CallEnd.Answered or CallEnd.Empty or CallEnd.Left || attempt == Tries)
            {
                return end;
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task ClientAsync(Random random, CancellationToken stop)
    {
        while (Interlocked.Increment(ref _calls) <= settings.MostCalls)
        {
            await Task.Delay(random.Next(2 * MeanPauseMs), stop);
            var call = RandomCall.Draw(random, teams[random.Next(teams.Count)]);
            if (await CallAsync(call, random) == CallEnd.Empty)
            {
                _emptied[call.Team.TeamId] = true;
            }
        }
    }

    private async Task<CallEnd> TryAsync(RandomCall call, Random random, bool mayLeave)
    {
        var leaves = mayLeave && random.Next(8) == 0;
        using var patience = new CancellationTokenSource(leaves && !call.Stream ? TimeSpan.FromMilliseconds(random.Next(1, 80)) : Patience);
        var heard = "nothing";
        try
        {
            using var request = call.ToRequest();
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            if (leaves && response.IsSuccessStatusCode && call.Stream)
            {
                await using var body = await response.Content.ReadAsStreamAsync(patience.Token);
                await body.ReadExactlyAsync(new byte[random.Next(1, 400)], patience.Token);
                return CallEnd.Left;
            }

            heard = "the head of an answer";
            return EndOf(response.StatusCode, await ReadAsync(response.Content, patience, isPatient: !leaves));
        }
        catch (OperationCanceledException)
        {
            return leaves ? CallEnd.Left : Surprise($"{call.Model} {(call.Stream ? "streamed" : "plain")}: {Patience.TotalSeconds} s of silence after {heard}", CallEnd.Broken);
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or IOException)
        {
            return CallEnd.Broken;
        }
    }

    /// <summary>The whole answer. Each piece of it gives a patient client new patience.</summary>
    private static async Task<string> ReadAsync(HttpContent content, CancellationTokenSource patience, bool isPatient)
    {
        await using var body = await content.ReadAsStreamAsync(patience.Token);
        using var text = new MemoryStream();
        var piece = new byte[16 * 1024];
        int read;
        while ((read = await body.ReadAsync(piece, patience.Token)) > 0)
        {
            if (isPatient)
            {
                patience.CancelAfter(Patience);
            }

            text.Write(piece, 0, read);
        }

        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    private CallEnd EndOf(HttpStatusCode status, string body) => status switch
    {
        HttpStatusCode.OK => CallEnd.Answered,
        HttpStatusCode.PaymentRequired => CallEnd.Empty,
        HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError when IsTheProviders(body) => CallEnd.Unavailable,
        HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => CallEnd.Unavailable,
        _ => Surprise($"{(int)status} {body}", CallEnd.Unavailable),
    };

    // A 500 of the gateway's own would be a bug; the provider's, which it passes on, is one of the faults that this run asks for.
    private static bool IsTheProviders(string body) =>
        body.Contains("server_error", StringComparison.Ordinal) || body.Contains("rate_limit_exceeded", StringComparison.Ordinal);

    private CallEnd Surprise(string what, CallEnd end)
    {
        _unexpected.Add(what);
        return end;
    }
}

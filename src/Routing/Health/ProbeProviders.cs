using Microsoft.Extensions.Options;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Providers;

namespace Platform.Routing.Health;

/// <summary>
/// Asks providers that the policy names a probe for, whenever no call has told of them for an interval. Any answer below 500 shows that one is there: what a probe
/// asks for need not be allowed.
/// </summary>
internal sealed partial class ProbeProviders(
    RoutingTableReplica policy, TargetBoard board, IOptions<GatewayOptions> options, TimeProvider time, ILogger<ProbeProviders> log) : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, long> _askedAt = new(StringComparer.Ordinal);
    private readonly HttpClient _http = new(ProviderHandler.Create(options.Value))
    {
        Timeout = TimeSpan.FromSeconds(5),
    };

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await LookAsync(policy.Current.Providers.Values, stoppingToken);
            await Task.Delay(LookInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One round over the providers of the policy in force.</summary>
    internal async Task LookAsync(IReadOnlyCollection<RouteProvider> providers, CancellationToken cancellationToken)
    {
        foreach (var provider in providers)
        {
            board.Of(provider).IsProbedAt(AddressOf(provider));
        }

        await Task.WhenAll(providers.Where(IsDue).Select(provider => ProbeAsync(provider, cancellationToken)));
    }

    /// <summary>Asks once, and notes what came of it.</summary>
    internal async Task ProbeAsync(RouteProvider provider, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, AddressOf(provider));
            ProviderCredentials.AddTo(request, provider.Kind, provider.AnyKey!);
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if ((int)answer.StatusCode < 500)
            {
                board.ProbeAnswered(provider);
                return;
            }

            Failed(provider, $"answered {(int)answer.StatusCode}");
        }
        catch (HttpRequestException exception)
        {
            Failed(provider, $"cannot be reached ({exception.HttpRequestError})");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Failed(provider, "did not answer in time");
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
        catch (Exception exception)
        {
            // The edge: an address or a key that no request can be made of is this provider's, and ends neither the other probes nor the process.
            Failed(provider, $"cannot be asked ({exception.Message})");
        }
    }

    private static string AddressOf(RouteProvider provider) => provider.ProbePath.Length == 0 ? "" : provider.BaseUrl + provider.ProbePath;

    private bool IsDue(RouteProvider provider)
    {
        if (provider.ProbePath.Length == 0 || !provider.IsSetUp || board.Of(provider).SinceHeard < provider.ProbeInterval
            || (_askedAt.TryGetValue(provider.Name, out var asked) && time.GetElapsedTime(asked) < provider.ProbeInterval))
        {
            return false;
        }

        _askedAt[provider.Name] = time.GetTimestamp();
        return true;
    }

    private void Failed(RouteProvider provider, string how)
    {
        var state = board.Of(provider);
        var wasDown = state.IsDown;
        state.ProbeFailed();
        if (state.IsDown && !wasDown)
        {
            LogDown(provider.Name, how);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Provider {Provider} {How}, twice in a row: its targets are left alone until it answers.")]
    private partial void LogDown(string provider, string how);
}

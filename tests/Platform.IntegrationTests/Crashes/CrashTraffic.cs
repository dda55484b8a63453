using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Grpc.Core;
using Npgsql;
using Platform.AppHost;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Routing.V1;
using Platform.IntegrationTests.Torture;

namespace Platform.IntegrationTests.Crashes;

/// <summary>What makes the services take their steps. A service may die in the middle of each, so a broken connection or a 503 is an answer here.</summary>
internal sealed class CrashTraffic : IDisposable
{
    private static int _teams;

    private readonly CrashPlatform _crash;
    private readonly CancellationToken _cancel;
    private readonly HttpClient _gateway;
    private readonly HttpClient _api;
    private readonly FundedTeam _rich;
    private readonly FundedTeam _poor;

    public CrashTraffic(CrashPlatform crash, CancellationToken cancellationToken)
    {
        (_crash, _cancel, _rich, _poor) = (crash, cancellationToken, crash.Rich, crash.Poor);
        _gateway = new HttpClient { BaseAddress = crash.Platform.Gateway.BaseAddress, Timeout = TimeSpan.FromSeconds(20) };
        _api = crash.Platform.Api;
    }

    /// <summary>A plain call and a streamed one, drawn from a lease.</summary>
    public async Task CallAsync()
    {
        await CallAsync(_rich, stream: false);
        await CallAsync(_rich, stream: true);
    }

    /// <summary>A call of a team that is too poor for a lease.</summary>
    public Task HoldAsync() => CallAsync(_poor, stream: false);

    /// <summary>A call that a platform makes itself: decided, marked sent, made, reported. It sends nothing that was not marked, and tells nothing twice.</summary>
    /// <param name="isPoor">Its team has no lease: each attempt is held on its own.</param>
    public Task RouteAsync(bool isPoor) => TryAsync(async () =>
    {
        var team = isPoor ? _poor : _rich;
        using var channel = _crash.Platform.GrpcOf(ResourceNames.Routing);
        var route = new Route.RouteClient(channel);
        var options = new CallOptions(new Metadata { { "Authorization", $"Bearer {team.Key}" } }, TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(20), _cancel);
        using var call = new RandomCall(team, "gpt-4o-mini", 16, Stream: false, "hello").ToRequest();
        var decided = await route.DecideAsync(new DecideRequest { Model = "gpt-4o-mini", MaxInputTokens = call.Content!.Headers.ContentLength!.Value, MaxOutputTokens = 16 }, options);
        await route.MarkSentAsync(new MarkAttemptSentRequest { AttemptId = decided.AttemptId }, options);
        call.Headers.Add("X-KT-Attempt-Id", decided.AttemptId);
        using var answer = await _crash.Platform.Simulator.SendAsync(call, _cancel);
        var usage = JsonNode.Parse(await answer.Content.ReadAsStringAsync(_cancel))!["usage"]!;
        var tokens = new Tokens { Input = (long)usage["prompt_tokens"]!, Output = (long)usage["completion_tokens"]! };
        await route.ReportAsync(new ReportAttemptRequest { AttemptId = decided.AttemptId, Tokens = tokens }, options);
        return true;
    });

    /// <summary>The first call of a team, which makes a lease.</summary>
    public async Task NewLeaseAsync()
    {
        if (await TryAsync(() => FundedTeam.MakeAsync(_crash.Platform, NextTeamId(), CrashPlatform.RichNanos, _cancel)) is { } team)
        {
            await FundedTeam.KnownAsync(_gateway, team, _cancel);
            await CallAsync(team, stream: false);
        }
    }

    /// <summary>Calls now and then, for longer than a holder may be silent about a lease that it uses.</summary>
    public async Task KeepAsync()
    {
        await CallAsync(_rich, stream: false);
        await Task.Delay(TimeSpan.FromMilliseconds(400), _cancel);
    }

    /// <summary>A call, and then none for longer than a lease may be idle.</summary>
    public async Task IdleAsync()
    {
        await CallAsync(_rich, stream: false);
        await Task.Delay(TimeSpan.FromSeconds(3), _cancel);
    }

    /// <summary>A call that is kept and run apart from its caller's connection, soon.</summary>
    public async Task WaitingWorkAsync()
    {
        await TryAsync(async () =>
        {
            using var request = new RandomCall(_rich, "gpt-4o-mini", 16, Stream: false, "later").ToRequest();
            request.Headers.Add("X-KT-Lane", "scheduled");
            using var response = await _gateway.SendAsync(request, _cancel);
            return response.StatusCode;
        });
        await Task.Delay(TimeSpan.FromMilliseconds(400), _cancel);
    }

    /// <summary>A call whose usage nobody knows and that the provider does not bill.</summary>
    public async Task UnknownAsync()
    {
        using var broken = await _crash.Platform.Simulator.PostAsJsonAsync("admin/faults", new { status = 502, count = 1 }, _cancel);
        broken.EnsureSuccessStatusCode();
        await CallAsync(_rich, stream: false);
    }

    /// <summary>An operator gives back what such a call left in suspense.</summary>
    public async Task ReleaseAsync()
    {
        await UnknownAsync();
        foreach (var attempt in await SuspenseDesk.SuspendedAsync(_crash.Platform, _cancel))
        {
            await TryAsync(async () =>
            {
                using var response = await _api.PostAsJsonAsync($"v1/wallets/suspense/{attempt.Key}/release", new { description = "not on the bill" }, _cancel);
                return response.StatusCode;
            });
        }
    }

    /// <summary>
    /// A call's lease comes to its end by Wallet's clock, though its holder is well: as if that clock had leapt. What the holder draws until it hears of it is
    /// posted from suspense.
    /// </summary>
    public async Task ExpireLeasesAsync()
    {
        await CallAsync(_rich, stream: false);
        await using var connection = new NpgsqlConnection(await _crash.Platform.ConnectionStringAsync(ResourceNames.WalletDatabase));
        await connection.OpenAsync(_cancel);
        await using var leap = new NpgsqlCommand("UPDATE lease SET expires_at = now() - interval '1 second' WHERE state IN (1, 2, 3)", connection);
        await leap.ExecuteNonQueryAsync(_cancel);
        await Task.Delay(TimeSpan.FromMilliseconds(400), _cancel);
    }

    /// <summary>The gateway dies while a provider answers, and starts again.</summary>
    public async Task RecoverAsync()
    {
        await SlowProvider.BeginAsync(_crash.Platform, _cancel);
        var began = await TryAsync(async () =>
        {
            using var request = new RandomCall(_rich, "gpt-4o-mini", 100, Stream: true, "a long story").ToRequest();
            using var response = await _gateway.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _cancel);
            await using var body = await response.Content.ReadAsStreamAsync(_cancel);
            await body.ReadExactlyAsync(new byte[16], _cancel);
            Kill(ResourceNames.Routing);
            return true;
        });
        await SlowProvider.EndAsync(_crash.Platform, _cancel);
        if (began)
        {
            await _crash.Platform.App.ResourceCommands.ExecuteCommandAsync(ResourceNames.Routing, KnownResourceCommands.RestartCommand, _cancel);
        }
    }

    /// <summary>Money for a team, by a person.</summary>
    public Task AllocateAsync() => TryAsync(async () =>
    {
        using var response = await _api.PostAsJsonAsync(
            "v1/wallets/allocate", new { team_id = _rich.TeamId, amount = 0.01m, currency = "USD" }, _cancel);
        return response.StatusCode;
    });

    /// <summary>Money for a team by a plan that is due soon, and what is unspent of it back soon after.</summary>
    public async Task PlanAsync()
    {
        var now = TimeProvider.System.GetUtcNow();
        await TryAsync(async () =>
        {
            using var response = await _api.PostAsJsonAsync(
                "v1/wallets/allocations",
                new
                {
                    team_id = _rich.TeamId, amount = 0.01m, currency = "USD", starts_at = $"{now.AddSeconds(1):yyyy-MM-ddTHH:mm:ss.fffZ}",
                    ends_at = $"{now.AddSeconds(2):yyyy-MM-ddTHH:mm:ss.fffZ}", at_end = "return",
                },
                _cancel);
            return response.StatusCode;
        });
        await Task.Delay(TimeSpan.FromSeconds(3), _cancel);
    }

    public Task ChangeIdentityAsync() => TryAsync(async () =>
    {
        var team = NextTeamId();
        using var response = await _api.PostAsJsonAsync("v1/teams", new { team_id = team, name = team }, _cancel);
        return response.StatusCode;
    });

    public void Dispose() => _gateway.Dispose();

    private static string NextTeamId() => $"team_c{Interlocked.Increment(ref _teams):0000}";

    private Task<HttpStatusCode> CallAsync(FundedTeam team, bool stream) => TryAsync(async () =>
    {
        using var request = new RandomCall(team, "gpt-4o-mini", 16, stream, "hello").ToRequest();
        using var response = await _gateway.SendAsync(request, _cancel);
        Assert.Contains(
            response.StatusCode,
            new[] { HttpStatusCode.OK, HttpStatusCode.PaymentRequired, HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout });
        return response.StatusCode;
    });

    private void Kill(string resource)
    {
        foreach (var id in NativeHost.NativeProcesses.Of(_crash.Platform.App, resource))
        {
            using var process = System.Diagnostics.Process.GetProcessById(id);
            process.Kill();
        }
    }

    private static async Task<T?> TryAsync<T>(Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or IOException or RpcException or TaskCanceledException { InnerException: TimeoutException })
        {
            return default;
        }
    }
}

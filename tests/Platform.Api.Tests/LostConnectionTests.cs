using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Platform.Api.Tests;

/// <summary>A service that stands still: its connections are taken, as the kernel does, and nothing is ever answered, no ping either.</summary>
public sealed class LostConnectionTests : IAsyncLifetime
{
    private readonly TcpListener _service = new(IPAddress.Loopback, 0);
    private RunningApi _api = new();

    public async ValueTask InitializeAsync()
    {
        _service.Start();
        _api = new RunningApi { Metering = $"http://{_service.LocalEndpoint}" };
        await _api.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _service.Dispose();
    }

    [Fact(Timeout = 600_000)]
    public async Task A_service_that_stands_still_does_not_answer_rather_than_fail()
    {
        var cancel = TestContext.Current.CancellationToken;
        var answers = await Task.WhenAll(_api.Client.GetAsync("/v1/spend", cancel), _api.Client.GetAsync("/v1/usage/tail", cancel), _api.PostAsync("/v1/periods/2026-05/close", "{}"));
        foreach (var answer in answers)
        {
            using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancel));
            Assert.Equal((503, "DEPENDENCY_UNAVAILABLE"), ((int)answer.StatusCode, problem.RootElement.GetProperty("reason").GetString()));
        }

        // Whether the month is closed is not known: with its key it is closed once.
        var detail = await answers[2].Content.ReadAsStringAsync(cancel);
        Assert.Contains("Repeat the request with the same Idempotency-Key, which this answer's header names", detail, StringComparison.Ordinal);
        Assert.NotEmpty(answers[2].Headers.GetValues("Idempotency-Key").Single());
    }
}

using System.Diagnostics;
using System.Net;
using System.Text.Json;
using static Platform.ProviderSimulator.Tests.RunningSimulator;

namespace Platform.ProviderSimulator.Tests;

public sealed class InvoiceTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("simulator-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task Invoice_after_a_restart_has_the_lines_from_before_and_goes_on()
    {
        List<JsonElement> before;
        await using (var first = await StartAsync(directory))
        {
            await first.ChatJsonAsync(Body(), "X-KT-Attempt-Id: one");
            before = await first.InvoiceAsync();
        }
        await using var second = await StartAsync(directory);
        await second.ChatJsonAsync(Body(), "X-KT-Attempt-Id: two");

        var after = await second.InvoiceAsync();

        Assert.Equal(["one", "two"], Attempts(after));
        Assert.Equal(before[0].GetRawText(), after[0].GetRawText());
    }

    [Fact]
    public async Task Invoice_with_a_torn_last_line_is_cut_to_whole_lines()
    {
        await using (var first = await StartAsync(directory))
        {
            await first.ChatJsonAsync(Body(), "X-KT-Attempt-Id: one");
        }
        await File.AppendAllTextAsync(
            Path.Combine(directory, "invoice.ndjson"), """{"attempt_id":"to""", TestContext.Current.CancellationToken);
        await using var second = await StartAsync(directory);
        await second.ChatJsonAsync(Body(), "X-KT-Attempt-Id: two");

        Assert.Equal(["one", "two"], Attempts(await second.InvoiceAsync()));
    }

    [Fact]
    public async Task Invoice_of_a_period_is_half_open()
    {
        await using var simulator = await StartAsync();
        foreach (var name in (string[])["08:00", "08:01", "08:02"])
        {
            await simulator.ChatJsonAsync(Body(), $"X-KT-Attempt-Id: {name}");
            simulator.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(["08:01"], Attempts(await simulator.InvoiceAsync("?from=2026-06-01T08:01:00Z&to=2026-06-01T08:02:00Z")));
        Assert.Equal(["08:01", "08:02"], Attempts(await simulator.InvoiceAsync("?from=2026-06-01T10:00:00.000001%2B02:00")));
        Assert.Equal(["08:00"], Attempts(await simulator.InvoiceAsync("?to=2026-06-01T08:01:00")));
        using var bad = await simulator.Http.GetAsync("/invoice?from=yesterday", simulator.Deadline);
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
    }

    [Fact]
    public async Task Invoice_longer_than_a_block_is_read_whole_and_in_order_while_calls_run_at_once()
    {
        await using var simulator = await StartAsync(directory);
        var names = Enumerable.Range(0, 600).Select(i => $"attempt-{i:D4}").ToList();

        await Parallel.ForEachAsync(names, simulator.Deadline, async (name, _) =>
            await simulator.ChatJsonAsync(Body(), $"X-KT-Attempt-Id: {name}"));

        using var response = await simulator.Http.GetAsync("/invoice", simulator.Deadline);
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(names, Attempts(await simulator.InvoiceAsync()).Order(StringComparer.Ordinal));
        Assert.Equal(names, Attempts(await simulator.InvoiceAsync("?from=2026-06-01")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Answer_that_arrived_is_on_the_invoice_of_a_killed_process()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2)); // A process has to start.
        var deadline = limit.Token;
        using var process = Process.Start(new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "Platform.ProviderSimulator.dll"),
                "--Kestrel:Endpoints:http:Url=http://127.0.0.1:0",
                $"--Simulator:Directory={directory}",
                "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Information",
            },
        })!;
        try
        {
            using var http = new HttpClient { BaseAddress = await ListeningAsync(process, deadline) };
            http.DefaultRequestHeaders.Add("Authorization", "Bearer sk-1234");
            http.DefaultRequestHeaders.Add("X-KT-Attempt-Id", "killed");
            using var content = new StringContent(Body(""","stream":true"""));
            (await http.PostAsync("/v1/chat/completions", content, deadline)).EnsureSuccessStatusCode();
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(deadline);
        }

        await using var next = await StartAsync(directory);
        Assert.Equal(["killed"], Attempts(await next.InvoiceAsync()));
    }

    private static async Task<Uri> ListeningAsync(Process process, CancellationToken deadline)
    {
        const string announcement = "Now listening on: ";
        while (await process.StandardOutput.ReadLineAsync(deadline) is { } line)
        {
            var at = line.IndexOf(announcement, StringComparison.Ordinal);
            if (at >= 0)
            {
                return new Uri(line[(at + announcement.Length)..]);
            }
        }
        throw new InvalidOperationException("The simulator ended before it listened.");
    }

    private static IEnumerable<string?> Attempts(List<JsonElement> lines) =>
        lines.Select(line => line.GetProperty("attempt_id").GetString());
}

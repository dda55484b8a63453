using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;

namespace Platform.ProviderSimulator.Tests;

/// <summary>The whole simulator on a free loopback port, with a clock that the test moves.</summary>
internal sealed class RunningSimulator : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 6, 1, 8, 0, 0, TimeSpan.Zero);

    private readonly WebApplication app;

    private RunningSimulator(WebApplication app, TurnedClock time)
    {
        this.app = app;
        Time = time;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), Timeout = TimeSpan.FromSeconds(60) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "sk-simulated-9876");
    }

    public TurnedClock Time { get; }

    public HttpClient Http { get; }

    /// <summary>Bounds every wait of the test.</summary>
    public CancellationToken Deadline { get; } = new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    public static async Task<RunningSimulator> StartAsync(string directory = "")
    {
        var time = new TurnedClock(Start);
        var app = SimulatorApp.Build(["--Kestrel:Endpoints:http:Url=http://127.0.0.1:0", $"--Simulator:Directory={directory}"], time);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new RunningSimulator(app, time);
    }

    public static string Body(string rest = "", string content = "hello", string model = "gpt-4o-mini") =>
        $$"""{"model":"{{model}}","messages":[{"role":"user","content":"{{content}}"}]{{rest}}}""";

    public Task<HttpResponseMessage> ChatAsync(string body, params string[] headers) => PostAsync("/v1/chat/completions", body, headers);

    /// <summary>Posts to a route; headers are "Name: value". Returns when the response's headers are there.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, string body, params string[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        foreach (var header in headers)
        {
            var parts = header.Split(": ", 2);
            request.Headers.Add(parts[0], parts[1]);
        }
        return Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Deadline);
    }

    public async Task<JsonElement> ChatJsonAsync(string body, params string[] headers)
    {
        using var response = await ChatAsync(body, headers);
        return await JsonAsync(response);
    }

    public async Task<JsonElement> PostJsonAsync(string path, string body, params string[] headers)
    {
        using var response = await PostAsync(path, body, headers);
        return await JsonAsync(response);
    }

    /// <summary>The data of every event of a stream, "[DONE]" included.</summary>
    public async Task<List<string>> ChatEventsAsync(string body, params string[] headers)
    {
        using var response = await ChatAsync(body, headers);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var text = await response.Content.ReadAsStringAsync(Deadline);
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        return [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(Data)];
    }

    public async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        var bytes = await response.Content.ReadAsByteArrayAsync(Deadline);
        return JsonElement.Parse(bytes);
    }

    public async Task<List<JsonElement>> InvoiceAsync(string query = "")
    {
        var text = await Http.GetStringAsync("/invoice" + query, Deadline);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
    }

    /// <summary>Asks for the invoice until it has a line, for an end that the client does not see.</summary>
    public async Task<JsonElement> FirstInvoiceLineAsync()
    {
        List<JsonElement> lines;
        do
        {
            lines = await InvoiceAsync();
        }
        while (lines.Count == 0);
        return Assert.Single(lines);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
    }

    public static string Data(string line)
    {
        Assert.StartsWith("data: ", line, StringComparison.Ordinal);
        return line["data: ".Length..];
    }
}

using System.Net;
using System.Text;
using static Platform.ProviderSimulator.Tests.RunningSimulator;

namespace Platform.ProviderSimulator.Tests;

public sealed class FaultTests
{
    [Theory]
    [InlineData(429, "1", "rate_limit_exceeded")]
    [InlineData(500, null, null)]
    [InlineData(503, null, null)]
    public async Task Status_by_header_is_answered_and_not_billed(int status, string? retryAfter, string? code)
    {
        await using var simulator = await StartAsync();

        using var response = await simulator.ChatAsync(Body(), $"X-Sim-Status: {status}");

        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.Equal(retryAfter, response.Headers.RetryAfter?.ToString());
        Assert.Equal(code, (await simulator.JsonAsync(response)).GetProperty("error").GetProperty("code").GetString());
        Assert.Empty(await simulator.InvoiceAsync());
    }

    [Fact]
    public async Task Fault_with_a_count_meets_so_many_calls_and_no_more()
    {
        await using var simulator = await StartAsync();
        await SetAsync(simulator, """{"status":429,"retry_after_s":7,"count":2}""", HttpStatusCode.NoContent);

        var statuses = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            using var response = await simulator.ChatAsync(Body());
            statuses.Add((int)response.StatusCode);
            Assert.Equal(i < 2 ? "7" : null, response.Headers.RetryAfter?.ToString());
        }

        Assert.Equal([429, 429, 200, 200], statuses);
        Assert.Equal(2, (await simulator.InvoiceAsync()).Count);
    }

    [Fact]
    public async Task Fault_without_a_count_lasts_until_it_is_deleted_and_a_header_comes_before_it()
    {
        await using var simulator = await StartAsync();
        await SetAsync(simulator, """{"output_tokens":3}""", HttpStatusCode.NoContent);

        var planned = await simulator.ChatJsonAsync(Body());
        var byHeader = await simulator.ChatJsonAsync(Body(), "X-Sim-Output-Tokens: 5");
        (await simulator.Http.DeleteAsync("/admin/faults", simulator.Deadline)).EnsureSuccessStatusCode();
        var after = await simulator.ChatJsonAsync(Body());

        Assert.Equal(3, planned.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(5, byHeader.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.InRange(after.GetProperty("usage").GetProperty("completion_tokens").GetInt32(), 20, 120);
    }

    [Theory]
    [InlineData("""{"status":200}""")]
    [InlineData("""{"latency_ms":-1}""")]
    [InlineData("""{"latency_ms":"much"}""")]
    [InlineData("""{"latncy_ms":5}""")]
    [InlineData("""{"count":0}""")]
    [InlineData("""{"cut_by":"magic"}""")]
    [InlineData("""{"usage":1}""")]
    [InlineData("null")]
    [InlineData("{")]
    public async Task Fault_that_makes_no_sense_is_refused(string order)
    {
        await using var simulator = await StartAsync();

        await SetAsync(simulator, order, HttpStatusCode.BadRequest);

        using var response = await simulator.ChatAsync(Body());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("X-Sim-Status: 200")]
    [InlineData("X-Sim-Latency-Ms: soon")]
    [InlineData("X-Sim-Output-Tokens: -1")]
    [InlineData("X-Sim-Cut-By: magic")]
    [InlineData("X-Sim-Usage: 1")]
    public async Task Header_that_makes_no_sense_is_refused_and_not_billed(string header)
    {
        await using var simulator = await StartAsync();

        using var response = await simulator.ChatAsync(Body(), header);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(await simulator.InvoiceAsync());
    }

    [Theory]
    [InlineData("", "X-Sim-Latency-Ms: 60000")]
    [InlineData(""","stream":true""", "X-Sim-Latency-Ms: 60000")]
    [InlineData(""","stream":true""", "X-Sim-First-Token-Latency-Ms: 60000")]
    [InlineData(""","stream":true""", "X-Sim-Token-Interval-Ms: 30000")]
    public async Task Latency_holds_the_answer_back_by_the_clock(string options, string header)
    {
        await using var simulator = await StartAsync();

        var answer = ReadAsync(simulator, Body(options), header);
        var waited = await simulator.Time.TurnUntilAsync(answer, simulator.Deadline);

        Assert.Contains("chat.completion", await answer, StringComparison.Ordinal);
        Assert.True(waited >= TimeSpan.FromSeconds(60), waited.ToString());
    }

    [Fact]
    public async Task Client_that_leaves_before_anything_was_generated_is_not_billed()
    {
        await using var simulator = await StartAsync();
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(simulator.Deadline);
        await SetAsync(simulator, """{"latency_ms":60000,"count":1}""", HttpStatusCode.NoContent);
        using var content = new StringContent(Body(), Encoding.UTF8, "application/json");

        var left = simulator.Http.PostAsync("/v1/chat/completions", content, leave.Token);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);

        await SetAsync(simulator, "{}", HttpStatusCode.NoContent);
        await simulator.ChatJsonAsync(Body(), "X-KT-Attempt-Id: stayed");
        Assert.Equal("stayed", Assert.Single(await simulator.InvoiceAsync()).GetProperty("attempt_id").GetString());
    }

    [Fact]
    public async Task Plain_answer_that_is_cut_never_arrives_and_is_billed()
    {
        await using var simulator = await StartAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => simulator.ChatAsync(Body(), "X-Sim-Cut-After-Tokens: 6"));

        Assert.Equal(6, Assert.Single(await simulator.InvoiceAsync()).GetProperty("completion_tokens").GetInt32());
    }

    private static async Task<string> ReadAsync(RunningSimulator simulator, string body, string header)
    {
        using var response = await simulator.ChatAsync(body, header, "X-Sim-Output-Tokens: 3");
        return await response.Content.ReadAsStringAsync(simulator.Deadline);
    }

    private static async Task SetAsync(RunningSimulator simulator, string order, HttpStatusCode expected)
    {
        using var content = new StringContent(order, Encoding.UTF8, "application/json");
        using var response = await simulator.Http.PostAsync("/admin/faults", content, simulator.Deadline);
        Assert.Equal(expected, response.StatusCode);
    }
}

using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Platform.Contracts.Identity.V1;
using Platform.Routing.Scheduled;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>A batch's results as they are fetched, over a real server and from a real database.</summary>
public sealed class BatchResultsTests : PolicyDatabase
{
    private const int Megabyte = 1024 * 1024;
    private readonly Guid _batch = Guid.CreateVersion7();
    private WebApplication? _app;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _app = await BatchServer.StartAsync(DataSource, new ScheduledOptions { ResultFetchesPerTeam = 2 }, Cancel);
    }

    public override async ValueTask DisposeAsync()
    {
        await _app!.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact(Timeout = 600_000)]
    public async Task Results_come_whole_and_in_order_however_long_they_are()
    {
        await AddAsync(items: 230, answerBytes: 100_000);
        await ExecuteAsync("UPDATE batch_item SET state = 1, ended_at = NULL WHERE position IN (7, 230)");
        using var http = NewClient();
        using var reader = new StreamReader(await http.GetStreamAsync($"v1/batches/{_batch}/results", TestContext.Current.CancellationToken));
        var positions = new List<int>();
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            using var result = JsonDocument.Parse(line);
            Assert.Equal(100_000 - 2, result.RootElement.GetProperty("response").GetProperty("body").GetString()!.Length);
            positions.Add(result.RootElement.GetProperty("position").GetInt32());
        }

        Assert.Equal(Enumerable.Range(1, 229).Where(position => position != 7), positions);
    }

    [Fact(Timeout = 600_000)]
    public async Task Head_has_the_headers_of_get_and_reads_no_answers()
    {
        await AddAsync(items: 2, answerBytes: 100);
        await ExecuteAsync("ALTER TABLE batch_item DROP COLUMN answer");
        using var http = NewClient();
        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"v1/batches/{_batch}/results"), TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.OK, "application/jsonl"), (head.StatusCode, head.Content.Headers.ContentType?.MediaType));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        using var missing = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"v1/batches/{Guid.CreateVersion7()}/results"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Theory(Timeout = 600_000)]
    [InlineData("GET", "batch_abc123")]
    [InlineData("GET", "batch_abc123/results")]
    [InlineData("POST", "batch_abc123/cancel")]
    [InlineData("GET", "0190a000-0000-7000-8000-000000000001")]
    public async Task Batch_that_there_is_not_is_told_as_such_whatever_form_its_id_has(string method, string path)
    {
        using var http = NewClient();
        using var missing = await http.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"v1/batches/{path}"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Contains("\"code\":\"batch_not_found\"", await missing.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory(Timeout = 600_000)]
    [InlineData("ALTER TABLE batch_item RENAME TO out_of_reach")]
    [InlineData("UPDATE batch SET deleted_at = now()")]
    public async Task Results_that_cannot_be_read_to_their_end_do_not_look_whole(string meanwhile)
    {
        await AddAsync(items: 300, answerBytes: 300_000);
        using var http = NewClient();
        await using var results = await http.GetStreamAsync($"v1/batches/{_batch}/results", TestContext.Current.CancellationToken);
        await results.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
        await ExecuteAsync(meanwhile);
        await Assert.ThrowsAnyAsync<IOException>(() => results.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 600_000)]
    public async Task Results_are_fetched_by_so_many_at_once_and_the_next_is_told_when_to_come_again()
    {
        await AddAsync(items: 60, answerBytes: Megabyte);
        using var http = NewClient();
        var path = $"v1/batches/{_batch}/results";
        using var first = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var second = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using (var refused = await http.GetAsync(path, TestContext.Current.CancellationToken))
        {
            Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(5)), (refused.StatusCode, refused.Headers.RetryAfter?.Delta));
            Assert.Contains("\"code\":\"too_many_result_fetches\"", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        // What was taken to its end has given its place back. The end of an answer is seen a moment before the server has done with it.
        await first.Content.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
        HttpResponseMessage next;
        while ((next = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken)).StatusCode == HttpStatusCode.TooManyRequests)
        {
            next.Dispose();
        }

        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        next.Dispose();
    }

    [Theory]
    [InlineData(10, 3 * Megabyte, 2)]
    [InlineData(3, 20 * Megabyte, 1)]
    [InlineData(120, 1_000, 100)]
    public async Task Page_of_results_ends_with_the_bytes_that_memory_is_to_hold_and_has_one_at_least(int items, int answerBytes, int onPage)
    {
        await AddAsync(items, answerBytes);
        var store = new BatchStore(DataSource);
        var page = await store.ReadResultsAsync(_batch, "", 0, 100, Cancel);
        Assert.Equal(Enumerable.Range(1, onPage), page.Select(result => result.Position));
        Assert.Equal(onPage + 1, (await store.ReadResultsAsync(_batch, "", onPage, 100, Cancel))[0].Position);
        Assert.Empty(await store.ReadResultsAsync(_batch, "", items, 100, Cancel));
    }

    private HttpClient NewClient()
    {
        var http = new HttpClient { BaseAddress = new Uri(_app!.Urls.Single()) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", nameof(Role.Inference));
        return http;
    }

    /// <summary>A batch that has ended; each answer a JSON string of so many bytes.</summary>
    private async Task AddAsync(int items, int answerBytes)
    {
        await ExecuteAsync($"""
            INSERT INTO batch (batch_id, team_id, key_id, workload, lane, name, request_sha256, items, created_at) VALUES ('{_batch}', '', 'key_1', '', 'scheduled', '', '', {items}, now());
            INSERT INTO batch_item (batch_id, position, custom_id, lane, path, body, state, not_before, status, answer, attempt_id, ended_at)
            SELECT '{_batch}', i, 'c' || i, 'scheduled', '/v1/chat/completions', '', 4, now(), 200, convert_to('"' || repeat('a', {answerBytes - 2}) || '"', 'UTF8'), 'att', now()
            FROM generate_series(1, {items}) i
            """);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}

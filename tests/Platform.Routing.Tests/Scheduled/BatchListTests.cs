using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Platform.Contracts.Identity.V1;
using Platform.Routing.Scheduled;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>A team's batches as they are listed, over a real server and from a real database.</summary>
public sealed class BatchListTests : PolicyDatabase
{
    private WebApplication? _app;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _app = await BatchServer.StartAsync(DataSource, new ScheduledOptions(), Cancel);
    }

    public override async ValueTask DisposeAsync()
    {
        await _app!.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>Several of one moment, as of calls that were handed in at once, lie on both sides of a page's end.</summary>
    [Theory(Timeout = 600_000)]
    [InlineData("?limit=3", 4)]
    [InlineData("?limit=1000", 1)]
    [InlineData("", 1)]
    public async Task Pages_have_every_batch_once_newest_first_though_others_come_meanwhile(string first, int pages)
    {
        await AddAsync("", 11, "now() - i % 3 * interval '1 hour'");
        await AddAsync("team_b", 2, "now()");
        var seen = new List<(DateTimeOffset, string)>();
        var path = "v1/batches" + first;
        for (var page = 1; page <= pages; page++)
        {
            using var list = await GetAsync(path, HttpStatusCode.OK, TestContext.Current.CancellationToken);
            var rows = list.RootElement.GetProperty("data").EnumerateArray().ToList();
            seen.AddRange(rows.Select(row => (row.GetProperty("created_at").GetDateTimeOffset(), row.GetProperty("id").GetString()!)));
            Assert.Equal((rows[0].GetProperty("id").GetString(), seen[^1].Item2), (list.RootElement.GetProperty("first_id").GetString(), list.RootElement.GetProperty("last_id").GetString()));
            Assert.Equal(page < pages, list.RootElement.GetProperty("has_more").GetBoolean());
            path = $"v1/batches{first}&after={seen[^1].Item2}";
            await AddAsync("", 1, "now() + interval '1 minute'");
        }

        Assert.Equal(11, seen.Select(batch => batch.Item2).Distinct().Count());
        Assert.Equal(seen.OrderByDescending(batch => batch.Item1).ThenByDescending(batch => batch.Item2, StringComparer.Ordinal), seen);
    }

    [Theory(Timeout = 600_000)]
    [InlineData("limit=0", "limit must be 1 to 1000, or left out for 200.")]
    [InlineData("limit=1001", "limit must be 1 to 1000, or left out for 200.")]
    [InlineData("limit=ten", "limit must be 1 to 1000, or left out for 200.")]
    [InlineData("after=last", "after must be a batch's id: the last_id of the page before.")]
    [InlineData("after=01890000-0000-7000-8000-000000000001", "There is no batch 01890000-0000-7000-8000-000000000001 of this team any more, behind which the list would go on. Begin again without after.")]
    public async Task Page_that_there_cannot_be_is_refused(string query, string message)
    {
        using var refused = await GetAsync($"v1/batches?{query}", HttpStatusCode.BadRequest, TestContext.Current.CancellationToken);
        Assert.Equal(message, refused.RootElement.GetProperty("error").GetProperty("message").GetString());
    }

    [Fact(Timeout = 600_000)]
    public async Task List_of_nothing_names_no_batch()
    {
        using var list = await GetAsync("v1/batches", HttpStatusCode.OK, TestContext.Current.CancellationToken);
        Assert.Equal("""{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}""", list.RootElement.GetRawText());
    }

    private async Task<JsonDocument> GetAsync(string path, HttpStatusCode expected, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = new Uri(_app!.Urls.Single()) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", nameof(Role.Inference));
        using var answer = await http.GetAsync(path, cancellationToken);
        Assert.Equal(expected, answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>Batches that have ended, of one item each.</summary>
    private async Task AddAsync(string teamId, int batches, string createdAt)
    {
        await using var command = DataSource.CreateCommand($"""
            WITH added AS (
                INSERT INTO batch (batch_id, team_id, key_id, workload, lane, name, request_sha256, items, created_at, ended_at)
                SELECT gen_random_uuid(), '{teamId}', 'key_1', '', 'scheduled', '', '', 1, {createdAt}, now() FROM generate_series(1, {batches}) i RETURNING batch_id)
            INSERT INTO batch_item (batch_id, position, custom_id, lane, path, body, state, not_before, ended_at) SELECT batch_id, 1, 'c1', 'scheduled', '/v1/chat/completions', '', 7, now(), now() FROM added
            """);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}

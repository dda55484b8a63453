using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Platform.Api.Tests;

/// <summary>Runs alone: what is allocated is counted for the whole process, and whoever ran beside it would be counted with it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CountedMemoryCollection
{
    public const string Name = "allocations are counted";
}

/// <summary>A token is judged behind this face: until then a body makes no more objects than a full batch has.</summary>
[Collection(CountedMemoryCollection.Name)]
public sealed class LargeBodyTests(RunningApi api) : IClassFixture<RunningApi>
{
    /// <summary>Far below what the objects of a million entries take, above what a refusal does.</summary>
    private const long FewBytes = 80_000_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST", "/v1/spend/log", """{"events":[""", 1_000)]
    [InlineData("POST", "/v1/spend/log", "{\"source\":\"\\u0022[\",\"events\": [", 1_000)]
    [InlineData("POST", "/v1/spend/log", "\uFEFF{\"events\":[", 1_000)]
    [InlineData("POST", "/v1/imports/x/rows", """{"rows":[""", 1_000)]
    [InlineData("POST", "/v1/imports/preview", """{"rows":[""", 1_000)]
    [InlineData("POST", "/v1/model-pricing/import", """{"prices":[""", 10_000)]
    [InlineData("POST", "/v1/model-pricing/import", """{"aliases":[""", 10_000)]
    [InlineData("POST", "/v1/forecast/plan/import", """{"items":[""", 1_000)]
    [InlineData("POST", "/v1/keys", """{"allowed_models":[""", 1_000)]
    public async Task Entry_beyond_a_full_batch_ends_the_reading(string method, string path, string beginning, int limit)
    {
        var body = Encoding.UTF8.GetBytes($"{beginning}{string.Join(',', Enumerable.Repeat("{}", 1_000_000))}]}}");
        var before = GC.GetTotalAllocatedBytes();
        using var answer = await SendAsync(method, path, body);
        var allocated = GC.GetTotalAllocatedBytes() - before;

        var list = beginning[..beginning.LastIndexOf('"')].Split('"')[^1];
        await AssertRefusedAsync(answer, HttpStatusCode.BadRequest, "BATCH_TOO_LARGE", $"{list} has more than {limit} entries");
        Assert.InRange(allocated, 0, FewBytes);
    }

    [Fact]
    public async Task Entries_of_entries_are_counted_together()
    {
        var tiers = $"{{\"context_tiers\":[{string.Join(',', Enumerable.Repeat("{}", 1_000))}]}}";
        var body = Encoding.UTF8.GetBytes($"{{\"prices\":[{string.Join(',', Enumerable.Repeat(tiers, 1_000))}]}}");
        var before = GC.GetTotalAllocatedBytes();
        using var answer = await SendAsync("POST", "/v1/model-pricing/import", body);
        var allocated = GC.GetTotalAllocatedBytes() - before;

        await AssertRefusedAsync(answer, HttpStatusCode.BadRequest, "BATCH_TOO_LARGE", "more than 600000 values");
        Assert.InRange(allocated, 0, FewBytes);
    }

    [Theory]
    [InlineData("/v1/spend/log", 17)]
    [InlineData("/v1/teams", 5)]
    public async Task Body_beyond_what_a_full_batch_has_is_not_read(string path, int megabytes)
    {
        using var answer = await SendAsync("POST", path, new byte[megabytes * 1024 * 1024]);
        await AssertRefusedAsync(answer, HttpStatusCode.RequestEntityTooLarge, "INVALID_ARGUMENT", "Send less in one request");
    }

    [Fact]
    public async Task Full_batch_of_the_longest_events_is_taken()
    {
        var tags = Enumerable.Range(0, 20).ToDictionary(tag => $"{tag:00}{new string('k', 48)}", _ => new string('v', 200));
        var usage = new { team_id = "a", provider = "p", model = new string('m', 200), call_id = new string('c', 200), tags };
        using var answer = await SendAsync("POST", "/v1/spend/log", JsonSerializer.SerializeToUtf8Bytes(new { events = Enumerable.Repeat(usage, 1_000) }));

        // It has come as far as to Metering, which does not answer here.
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    [Theory]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=latin1")]
    public async Task Body_of_another_encoding_is_refused(string type)
    {
        using var answer = await SendAsync("POST", "/v1/spend/log", Encoding.Unicode.GetBytes("""{"events":[{}]}"""), type);
        await AssertRefusedAsync(answer, HttpStatusCode.UnsupportedMediaType, "MEDIA_TYPE_UNSUPPORTED", "UTF-8");
    }

    private async Task<HttpResponseMessage> SendAsync(string method, string path, byte[] body, string type = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new ByteArrayContent(body) };

        // So that a body that nobody reads is not sent into a connection that the refusal has closed.
        request.Headers.ExpectContinue = true;
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return await api.Client.SendAsync(request, Cancel);
    }

    private static async Task AssertRefusedAsync(HttpResponseMessage answer, HttpStatusCode status, string reason, string detail)
    {
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(status == answer.StatusCode, $"{(int)answer.StatusCode} {text}");
        using var problem = JsonDocument.Parse(text);
        Assert.Equal(reason, problem.RootElement.GetProperty("reason").GetString());
        Assert.Contains(detail, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}

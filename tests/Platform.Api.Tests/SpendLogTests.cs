using System.Net;
using System.Text.Json.Nodes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Tests;

/// <summary>What Metering says of logged events, as REST says it.</summary>
public sealed class SpendLogTests : IAsyncLifetime
{
    private const string Event = """{"team_id":"a","provider":"p","model":"m"}""";

    private readonly FakeUsage _usage = new();
    private WebApplication _metering = null!;
    private RunningApi _api = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _metering = await NeighbourService.StartAsync(_usage, Cancel);
        _api = new RunningApi { Metering = _metering.Urls.Single() };
        await _api.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        await _metering.DisposeAsync();
    }

    [Fact]
    public async Task Repeats_that_would_cost_otherwise_are_counted_and_told()
    {
        _usage.Results =
        [
            new RecordResult { Outcome = RecordOutcome.Accepted, RecordId = "r1", CostNanos = 450_000 },
            new RecordResult { Outcome = RecordOutcome.Duplicate, RecordId = "r2", CostNanos = 450_000 },
            new RecordResult { Outcome = RecordOutcome.Duplicate, RecordId = "r3", CostNanos = 450_000, Message = "It was told otherwise before." },
        ];

        var answer = await LogAsync($$"""{"events":[{{Event}},{{Event}},{{Event}},{"team_id":"a"}]}""");

        Assert.Equal((1, 2, 1, 0, 1), Counts(answer));
        Assert.Equal(["", "", "It was told otherwise before.", "model is required."], answer["results"]!.AsArray().Select(result => (string?)result!["message"]));
    }

    /// <summary>Whoever wrote the event knows REST's names and amounts only.</summary>
    [Theory]
    [InlineData("tokens.input must be 0 to 1000000000000; it is -5.", "input_tokens must be 0 to 1000000000000; it is -5.")]
    [InlineData("tokens.cached_input must be 0 to 9; it is 10.", "cached_input_tokens must be 0 to 9; it is 10.")]
    [InlineData("tokens.cache_write must be 0 to 9; it is 10.", "cache_write_tokens must be 0 to 9; it is 10.")]
    [InlineData("tokens.cache_write_1h must be 0 to 9; it is 10.", "cache_write_1h_tokens must be 0 to 9; it is 10.")]
    [InlineData("model_served must have 1 to 200 characters; it has 201.", "model must have 1 to 200 characters; it has 201.")]
    [InlineData("adjustment_nanos must be -10000000000000000 to 10000000000000000; it is 10000000000000001.", "adjustment must be -10000000.00 to 10000000.00; it is 10000000.000000001.")]
    [InlineData("adjustment_nanos is 0, which adjusts nothing.", "adjustment is 0, which adjusts nothing.")]
    [InlineData("There is no team 'tokens.input'; create it or correct team_id.", "There is no team 'tokens.input'; create it or correct team_id.")]
    public async Task What_is_wrong_is_told_by_the_names_that_rest_has(string said, string told)
    {
        _usage.Results = [new RecordResult { Outcome = RecordOutcome.Invalid, Message = said }];

        var answer = await LogAsync($$"""{"events":[{{Event}}]}""");

        Assert.Equal(told, (string?)answer["results"]![0]!["message"]);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(",\"dry_run\":false", false)]
    [InlineData(",\"dry_run\":true", true)]
    public async Task Dry_run_of_one_or_many_is_asked_of_Metering(string said, bool isDry)
    {
        _usage.Results = [new RecordResult { Outcome = RecordOutcome.Accepted, RecordId = "r1", CostNanos = 450_000 }];
        foreach (var body in new[] { $$"""{"events":[{{Event}}]{{said}}}""", Event[..^1] + said + "}" })
        {
            var answer = await LogAsync(body);
            Assert.Equal((1, 0, 0, 0, 0), Counts(answer));
            Assert.Equal((isDry, isDry), (_usage.WasDryRun, (bool)answer["dry_run"]!));
        }
    }

    [Fact]
    public async Task Cost_that_is_unknown_is_null_and_never_zero()
    {
        _usage.Results =
        [
            new RecordResult { Outcome = RecordOutcome.AcceptedUnpriced, RecordId = "r1" },
            new RecordResult { Outcome = RecordOutcome.Duplicate, RecordId = "r2" },
            new RecordResult { Outcome = RecordOutcome.Accepted, RecordId = "r3", CostNanos = 0 },
        ];

        var answer = await LogAsync($$"""{"events":[{{Event}},{{Event}},{{Event}}]}""");

        Assert.Equal((2, 1, 0, 1, 0), Counts(answer));
        Assert.Equal(["null", "null", "0.000000000"], answer["results"]!.AsArray().Select(result => result!.AsObject().Single(field => field.Key == "cost").Value?.ToJsonString() ?? "null"));
    }

    private static (int Accepted, int Duplicates, int Different, int Unpriced, int Refused) Counts(JsonNode answer)
    {
        return (Count("accepted"), Count("duplicates"), Count("different"), Count("unpriced"), Count("refused"));

        int Count(string name) => (int)answer[name]!;
    }

    private async Task<JsonNode> LogAsync(string body)
    {
        using var answer = await _api.PostAsync("/v1/spend/log", body);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!;
    }

    private sealed class FakeUsage : Usage.UsageBase
    {
        public IReadOnlyList<RecordResult> Results { get; set; } = [];

        public bool? WasDryRun { get; private set; }

        public override Task<RecordResponse> Record(RecordRequest request, ServerCallContext context) => Answer(request, isDryRun: false);

        public override Task<RecordResponse> TryRecord(RecordRequest request, ServerCallContext context) => Answer(request, isDryRun: true);

        private Task<RecordResponse> Answer(RecordRequest request, bool isDryRun)
        {
            Assert.Equal(Results.Count, request.Events.Count);
            WasDryRun = isDryRun;
            return Task.FromResult(new RecordResponse { Results = { Results } });
        }
    }
}

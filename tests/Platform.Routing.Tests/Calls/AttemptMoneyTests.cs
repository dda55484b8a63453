using Platform.Routing.Journal;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Calls;

/// <summary>What an attempt costs and what stays set aside, however it ends.</summary>
public sealed class AttemptMoneyTests : AttemptTest
{
    [Theory]
    [InlineData("content_filter", "a#1 LeasedUnknown, bb#2 Finished")]
    [InlineData("unsupported_parameter", "a#1 Finished")]
    public async Task Refusal_that_Azure_bills_waits_for_its_bill_while_another_target_answers(string code, string story)
    {
        Providers.Script("a", "400 " + code);
        var azure = A with { Provider = A.Provider with { Kind = ProviderKind.AzureOpenAi } };
        await Gateway.CallAsync(LocalGateway.Set(Usual with { FallbackOn = FailureKinds.ContentPolicy }, azure, Bb));
        Assert.Equal(story, Gateway.Story());
    }

    [Theory]
    [InlineData("running", "a#1 Finished", 110)]
    [InlineData("running cut", "a#1 LeasedUnknown", 0)]
    public async Task Usage_so_far_is_none_when_the_stream_is_cut(string a, string story, long cost)
    {
        Providers.Script("a", a);
        await Gateway.CallAsync(LocalGateway.Set(Usual, A), stream: true);
        Assert.Equal(story, Gateway.Story());
        var end = Gateway.Attempts()[0];
        Assert.Equal(cost > 0 ? cost : end.Intent.AmountNanos, end.Last.AmountNanos);
    }

    [Theory]
    // The cap is 100 and the model's own maximum 16,384: what only the total says is believed up to that.
    [InlineData("total 16484", "a#1 Finished", 16484)]
    [InlineData("total 16485", "a#1 LeasedUnknown", 0)]
    public async Task A_total_is_believed_within_what_the_model_can_do(string a, string story, long cost)
    {
        Providers.Script("a", a);
        Assert.Equal(200, (await Gateway.CallAsync(LocalGateway.Set(Usual, A))).Status);
        Assert.Equal(story, Gateway.Story());
        var end = Gateway.Attempts()[0];
        Assert.Equal(cost > 0 ? cost : end.Intent.AmountNanos, end.Last.AmountNanos);
    }

    [Fact]
    public async Task Usage_that_comes_unasked_is_known_and_a_server_that_takes_no_question_is_asked_none()
    {
        Providers.Script("a", "strict", "strict", "stream");
        const string asked = """{"model":"m","messages":[],"stream_options":{"include_usage":true},"max_tokens":100}""";
        var refused = await Gateway.CallAsync(LocalGateway.Set(Usual, A), stream: true, body: asked);
        Assert.Equal(422, refused.Status);
        Assert.Contains("stream_options", refused.Body, StringComparison.Ordinal);
        foreach (var body in new[] { asked, null })
        {
            Assert.Equal(200, (await Gateway.CallAsync(LocalGateway.Set(Usual, A with { TellsUsageUnasked = true }), stream: true, body: body)).Status);
        }

        // The last tells it in a chunk of its own.
        Assert.Equal([0L, 110, 110], Gateway.Attempts().Select(attempt => attempt.Last.AmountNanos));
    }

    [Fact]
    public async Task Attempt_has_its_end_whatever_fails_in_theGateway_while_the_answer_passes()
    {
        Providers.Script("a", "stream");
        await Assert.ThrowsAsync<NotSupportedException>(() => Gateway.CallAsync(LocalGateway.Set(Usual, A), stream: true, answer: new Unwritable()));
        Assert.Equal("a#1 LeasedUnknown", Gateway.Story());
        Assert.Equal("gateway failed while the provider answered", Gateway.Attempts()[0].Last.Text);
        Assert.Equal(0, Gateway.Board.Of(A).Look().OpenAttempts);
    }

    [Fact]
    public async Task Money_of_all_attempts_adds_up()
    {
        Providers.Script("a", "reset", "500", "ok");
        Providers.Script("bb", "reset", "ok");
        for (var i = 0; i < 3; i++)
        {
            await Gateway.CallAsync(LocalGateway.Set(Usual with { FallbackOn = (FailureKinds)63 }, A, Bb));
        }

        var attempts = Gateway.Attempts();
        var drawn = attempts.Sum(attempt => attempt.Last.DrawnNanos);
        Assert.Equal(5, attempts.Count);
        Assert.Equal(drawn, attempts.Where(attempt => attempt.Last.Kind == JournalKind.LeasedUnknown).Sum(attempt => attempt.Intent.AmountNanos) + 220 + 110);
        var lease = Assert.Single(Gateway.Wallet.Leases);
        Assert.Equal(lease.Granted, 1_000_000_000 - Gateway.Wallet.Available);
    }

    [Fact]
    public async Task Concurrent_calls_over_failing_targets_each_end_once_and_the_money_adds_up()
    {
        Providers.Script("a", [.. Enumerable.Range(0, 200).Select(i => (i % 5) switch { 0 => "500", 1 => "reset", 2 => "429", 3 => "502", _ => "ok" })]);
        Providers.Script("bb", [.. Enumerable.Range(0, 200).Select(i => (i % 3) switch { 0 => "503", 1 => "reset", _ => "ok" })]);
        var set = LocalGateway.Set(Usual with { FallbackOn = (FailureKinds)63, BudgetPercent = 100 }, A, Bb, Ccc) with { Strategy = Strategy.LeastLoaded };
        await Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken }, async (_, _) => await Gateway.CallAsync(set));
        var attempts = Gateway.Attempts();
        Assert.All(attempts, attempt => Assert.Contains(attempt.Last.Kind, new[] { JournalKind.Finished, JournalKind.LeasedUnknown, JournalKind.Unsent }));
        Assert.Equal(Providers.Calls.Count, attempts.Count(attempt => attempt.Last.Kind != JournalKind.Unsent));
        Assert.Equal(200, attempts.Select(attempt => attempt.Intent.Event!.CallId).Distinct().Count());
        Assert.Equal(0, attempts.Count(attempt => set.Targets.Sum(target => Gateway.Board.Of(target.Target).Look().OpenAttempts) != 0));
    }

    private sealed class Unwritable : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException("The server refuses what it is to send.");
    }
}

using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Routing.V1;
using Platform.Postgres;
using Platform.Routing.Policies.Changes;

namespace Platform.Routing.Tests.Policies;

/// <summary>How documents come into force, on the real database.</summary>
public sealed class ChangePolicyTests : PolicyDatabase
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Apply_makes_the_next_version_with_its_actor_time_changes_and_event()
    {
        var answer = await Change().ApplyAsync(Request("k1", PolicyDocuments.Read()), "key_1", Cancel);
        Assert.True(answer.Applied);
        Assert.Equal((2L, "key_1", _time.GetUtcNow(), "because"), (answer.Version.Version, answer.Version.Actor, answer.Version.AppliedAt.ToMoment(), answer.Version.Description));
        Assert.Null(answer.Version.Policy);
        Assert.Contains(answer.Version.Changes, change => change is { Kind: "model", Name: "gpt-4.1", Change: "removed" });

        var kept = await Store.ReadNewestAsync(Cancel);
        Assert.Equal(PolicyDocuments.Read(), kept.Policy);
        Assert.Equal(answer.Version.Changes, kept.Changes);
        Assert.True(kept.ModelsSince["gpt-4o"] < _time.GetUtcNow().AddYears(1) && kept.ModelsSince["embed"] == _time.GetUtcNow());
        Assert.Equal("key_1 2 because", await EventAsync());
        Assert.Equal(kept.Version, Compiler.Compile(kept).Version);
    }

    [Fact]
    public async Task Apply_again_with_the_same_key_answers_as_before_and_with_another_body_is_refused()
    {
        var first = await Change().ApplyAsync(Request("k1", PolicyDocuments.Read()), "key_1", Cancel);
        Assert.Equal(first, await Change().ApplyAsync(Request("k1", PolicyDocuments.Read()), "key_1", Cancel));
        var error = await Assert.ThrowsAsync<RpcException>(() => Change().ApplyAsync(Request("k1", PolicyDocuments.With("/models/1", null)), "key_1", Cancel));
        Assert.Equal(Reasons.IdempotencyConflict, RpcErrors.ReasonOf(error));
        Assert.Equal(2, await Store.ReadNewestVersionAsync(Cancel));
    }

    [Fact]
    public async Task Apply_of_what_is_in_force_makes_no_version_and_no_event()
    {
        var answer = await Change().ApplyAsync(Request("k1", (await Store.ReadNewestAsync(Cancel)).Policy), "key_1", Cancel);
        Assert.Equal((false, 1L, 0), (answer.Applied, answer.Version.Version, answer.Version.Changes.Count));
        Assert.Equal("", await EventAsync());
    }

    [Fact]
    public async Task Dry_run_tells_what_would_change_and_changes_nothing()
    {
        var request = Request("", PolicyDocuments.Read());
        request.DryRun = true;
        var answer = await Change().ApplyAsync(request, "key_1", Cancel);
        Assert.Equal((false, 2L), (answer.Applied, answer.Version.Version));
        Assert.NotEmpty(answer.Version.Changes);
        Assert.Equal(1, await Store.ReadNewestVersionAsync(Cancel));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Apply_on_top_of_another_version_than_expected_is_refused(bool dryRun)
    {
        await Change().ApplyAsync(Request("k1", PolicyDocuments.Read()), "key_1", Cancel);
        var request = Request("k2", PolicyDocuments.With("/models/1", null));
        (request.ExpectedVersion, request.DryRun) = (1, dryRun);
        var error = await Assert.ThrowsAsync<RpcException>(() => Change().ApplyAsync(request, "key_2", Cancel));
        Assert.Equal((StatusCode.FailedPrecondition, Reasons.PolicyChanged), (error.StatusCode, RpcErrors.ReasonOf(error)));
        request.ExpectedVersion = 2;
        Assert.Equal(3, (await Change().ApplyAsync(request, "key_2", Cancel)).Version.Version);
    }

    [Fact]
    public async Task Applies_at_once_are_versions_one_after_the_other_each_with_its_own_changes()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(index => Change().ApplyAsync(
            Request($"k{index}", PolicyDocuments.With("/providers/3/base_url", $"\"http://localhost:{9000 + index}\"")), "key_1", Cancel)));
        Assert.Equal(Enumerable.Range(2, 12).Select(version => (long)version), answers.Select(answer => answer.Version.Version).Order());
        var versions = (await Store.ListAsync(500, 0, Cancel)).Versions;
        Assert.Equal(13, versions.Count);
        foreach (var (newer, older) in versions.Zip(versions.Skip(1)))
        {
            Assert.Equal(PolicyDiff.Of((await Store.FindAsync(older.Version, Cancel))!.Policy, (await Store.FindAsync(newer.Version, Cancel))!.Policy), newer.Changes);
        }
    }

    [Fact]
    public async Task Applies_at_once_that_expect_the_same_version_let_one_through()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(async index =>
        {
            var request = Request($"k{index}", PolicyDocuments.With("/providers/3/base_url", $"\"http://localhost:{9000 + index}\""));
            request.ExpectedVersion = 1;
            try
            {
                return (await Change().ApplyAsync(request, "key_1", Cancel)).Applied ? "applied" : "nothing";
            }
            catch (RpcException error)
            {
                return RpcErrors.ReasonOf(error);
            }
        }));
        Assert.Equal((1, 7), (outcomes.Count(outcome => outcome == "applied"), outcomes.Count(outcome => outcome == Reasons.PolicyChanged)));
    }

    [Fact]
    public async Task Roll_back_is_a_new_version_with_the_old_document()
    {
        await Change().ApplyAsync(Request("k1", PolicyDocuments.Read()), "key_1", Cancel);
        var answer = await Change().RollBackAsync(new RollBackPolicyRequest { IdempotencyKey = "k2", Version = 1 }, "key_2", Cancel);
        Assert.Equal((true, 3L, "Back to version 1"), (answer.Applied, answer.Version.Version, answer.Version.Description));
        Assert.Equal((await Store.FindAsync(1, Cancel))!.Policy, (await Store.ReadNewestAsync(Cancel)).Policy);
        var error = await Assert.ThrowsAsync<RpcException>(
            () => Change().RollBackAsync(new RollBackPolicyRequest { IdempotencyKey = "k3", Version = 99 }, "key_2", Cancel));
        Assert.Equal(Reasons.PolicyNotFound, RpcErrors.ReasonOf(error));
    }

    [Fact]
    public async Task Roll_back_on_top_of_another_version_than_expected_is_refused()
    {
        await Change().ApplyAsync(Request("k1", PolicyDocuments.Read()), "key_1", Cancel);
        var request = new RollBackPolicyRequest { IdempotencyKey = "k2", Version = 1, ExpectedVersion = 1 };
        var error = await Assert.ThrowsAsync<RpcException>(() => Change().RollBackAsync(request, "key_2", Cancel));
        Assert.Equal((StatusCode.FailedPrecondition, Reasons.PolicyChanged), (error.StatusCode, RpcErrors.ReasonOf(error)));
        Assert.Equal(2, await Store.ReadNewestVersionAsync(Cancel));
        request.ExpectedVersion = 2;
        Assert.Equal(3, (await Change().RollBackAsync(request, "key_2", Cancel)).Version.Version);
    }

    [Fact]
    public async Task Versions_are_listed_newest_first_by_page()
    {
        await Change().ApplyAsync(Request("k1", PolicyDocuments.Read()), "key_1", Cancel);
        await Change().RollBackAsync(new RollBackPolicyRequest { IdempotencyKey = "k2", Version = 1 }, "key_2", Cancel);
        var page = await Store.ListAsync(2, 0, Cancel);
        Assert.Equal([3, 2], page.Versions.Select(version => version.Version));
        Assert.Equal(2, page.NextBefore);
        var rest = await Store.ListAsync(2, 2, Cancel);
        Assert.Equal([1], rest.Versions.Select(version => version.Version));
        Assert.Equal(0, rest.NextBefore);
        Assert.Equal(0, (await Store.ListAsync(3, 0, Cancel)).NextBefore);
    }

    private ChangePolicy Change() => new(new Changes(DataSource, _time), Store, new Outbox(_time));

    private static ApplyPolicyRequest Request(string key, RoutePolicy policy) => new() { IdempotencyKey = key, Policy = policy, Description = "because" };

    private async Task<string> EventAsync()
    {
        await using var select = DataSource.CreateCommand(
            "SELECT coalesce(string_agg(concat_ws(' ', body->>'actor', body->>'version', body->>'description'), '; '), '') FROM outbox WHERE message_type = 'Platform.Contracts.Events.PolicyChanged'");
        return (string)(await select.ExecuteScalarAsync(Cancel))!;
    }
}

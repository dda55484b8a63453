using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Limits;
using Platform.Routing.Policies;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Limits;

/// <summary>What is used of limits, by a limit's name.</summary>
public sealed class ListLimitsTests : PolicyDatabase
{
    /// <summary>As an empty list a mistyped name would read as if nothing had been used of the limit.</summary>
    [Fact(Timeout = 300_000)]
    public async Task Limit_that_the_policy_does_not_have_is_refused_with_the_names_of_those_that_it_has()
    {
        using var bare = ReplicaOf();
        await bare.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal("There is no limit 'typo'; the policy has none.", await RefusalAsync(bare));

        await using (var insert = DataSource.CreateCommand("""
            INSERT INTO policy_version (version, applied_at, actor, description, policy, changes, models_since)
            SELECT 2, now(), 'test', '', jsonb_set(policy, '{limits}', '[{"name":"everybody","scope":"global","requests_per_minute":600},{"name":"each-key","scope":"key","requests_per_day":9}]'),
                '[]', models_since
            FROM policy_version WHERE version = 1
            """))
        {
            await insert.ExecuteNonQueryAsync(Cancel);
        }

        using var limited = ReplicaOf();
        await limited.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal("There is no limit 'typo'; the policy has everybody, each-key.", await RefusalAsync(limited));
        Assert.Equal(["each-key"], (await ListAsync(limited, "each-key")).Limits.Select(limit => limit.Name));
        await bare.StopAsync(Cancel);
        await limited.StopAsync(Cancel);
    }

    private async Task<string> RefusalAsync(RoutingTableReplica policy)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => ListAsync(policy, "typo"));
        Assert.Equal(Reasons.InvalidArgument, RpcErrors.ReasonOf(refused));
        return refused.Status.Detail;
    }

    private Task<ListLimitsResponse> ListAsync(RoutingTableReplica policy, string limit) =>
        new ListLimits(new LimitStore(DataSource), policy).RunAsync(new ListLimitsRequest { Limit = limit }, Cancel);
}

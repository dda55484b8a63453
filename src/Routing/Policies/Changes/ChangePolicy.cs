using Google.Protobuf;
using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Routing.V1;
using Platform.Postgres;
using Platform.Routing.Policies.Checks;
using PlatformChanges = Platform.Postgres.Changes;

namespace Platform.Routing.Policies.Changes;

/// <summary>Puts documents in force: each as the next version, one after the other, with what it changes, its idempotency key and its event in one transaction.</summary>
internal sealed class ChangePolicy(PlatformChanges changes, PolicyStore store, Outbox outbox)
{
    private const int MaxDescription = 500;

    /// <exception cref="RpcException">INVALID_ARGUMENT; FAILED_PRECONDITION (POLICY_CHANGED); ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public async Task<ApplyPolicyResponse> ApplyAsync(ApplyPolicyRequest request, string actor, CancellationToken cancellationToken)
    {
        PolicyCheck.Require(request.Policy);
        RequireDescription(request.Description);
        if (request.DryRun)
        {
            var current = await store.ReadNewestAsync(cancellationToken);
            RequireExpected(request.ExpectedVersion, current);
            return ToResponse(Next(current, request.Policy, request.Description, actor, current.AppliedAt), current, applied: false);
        }

        return await RunAsync("policies.apply", request.IdempotencyKey, request, async (transaction, now) =>
        {
            var current = await PolicyStore.ReadNewestAsync(transaction, cancellationToken);
            RequireExpected(request.ExpectedVersion, current);
            return await PutInForceAsync(transaction, current, Next(current, request.Policy, request.Description, actor, now), cancellationToken);
        }, cancellationToken);
    }

    /// <exception cref="RpcException">INVALID_ARGUMENT; FAILED_PRECONDITION (POLICY_CHANGED); NOT_FOUND (POLICY_NOT_FOUND); ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public Task<ApplyPolicyResponse> RollBackAsync(RollBackPolicyRequest request, string actor, CancellationToken cancellationToken)
    {
        RequireDescription(request.Description);
        return RunAsync("policies.roll_back", request.IdempotencyKey, request, async (transaction, now) =>
        {
            var current = await PolicyStore.ReadNewestAsync(transaction, cancellationToken);
            RequireExpected(request.ExpectedVersion, current);
            var wanted = (await store.FindAsync(request.Version, cancellationToken) ?? throw NotFound(request.Version)).Policy;

            // What was fine once may not be any more.
            PolicyCheck.Require(wanted);
            var description = request.Description.Length > 0 ? request.Description : $"Back to version {request.Version}";
            return await PutInForceAsync(transaction, current, Next(current, wanted, description, actor, now), cancellationToken);
        }, cancellationToken);
    }

    public static RpcException NotFound(long version) =>
        RpcErrors.NotFound(Reasons.PolicyNotFound, $"There is no version {version} of the routing policy. List the versions.");

    /// <summary>The version that a document would be; with no changes when it says what is in force. Pure.</summary>
    internal static StoredPolicy Next(StoredPolicy current, RoutePolicy policy, string description, string actor, DateTimeOffset now) => new(
        checked(current.Version + 1), now, actor, description, policy, PolicyDiff.Of(current.Policy, policy),
        policy.Models.ToDictionary(model => model.Name, model => current.ModelsSince.GetValueOrDefault(model.Name, now)));

    private async Task<ApplyPolicyResponse> RunAsync(
        string operation, string idempotencyKey, IMessage request, Func<NpgsqlTransaction, DateTimeOffset, Task<ApplyPolicyResponse>> change,
        CancellationToken cancellationToken)
    {
        var answer = await changes.RunAsync(
            operation, idempotencyKey, request, ApplyPolicyResponse.Parser, change, cancellationToken,
            enter: transaction => PolicyStore.LockAsync(transaction, cancellationToken));
        outbox.Wake();
        return answer;
    }

    private async Task<ApplyPolicyResponse> PutInForceAsync(
        NpgsqlTransaction transaction, StoredPolicy current, StoredPolicy next, CancellationToken cancellationToken)
    {
        if (next.Changes.Count > 0)
        {
            await PolicyStore.AddAsync(transaction, next, cancellationToken);
            var changed = new PolicyChanged(
                Guid.CreateVersion7(next.AppliedAt), next.Version, next.Actor, next.AppliedAt, next.Description,
                [.. next.Changes.Select(change => new PolicyChangeItem(change.Kind, change.Name, change.Change, change.Detail))]);
            await outbox.AddAsync(transaction, changed.EventId, changed, cancellationToken);
        }

        return ToResponse(next, current, applied: next.Changes.Count > 0);
    }

    /// <summary>Without the document, which whoever asks has.</summary>
    private static ApplyPolicyResponse ToResponse(StoredPolicy next, StoredPolicy current, bool applied)
    {
        var version = (next.Changes.Count > 0 ? next : current with { Changes = [] }).ToContract();
        version.Policy = null;
        return new ApplyPolicyResponse { Version = version, Applied = applied };
    }

    private static void RequireExpected(long expected, StoredPolicy current)
    {
        if (expected != 0 && expected != current.Version)
        {
            throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.PolicyChanged,
                $"Version {current.Version} of the routing policy is in force, not {expected}. Look at what it changed, and decide on top of it.");
        }
    }

    private static void RequireDescription(string description)
    {
        if (Validation.Text("description", description, 0, MaxDescription) is { } problem)
        {
            throw RpcErrors.InvalidArgument(problem);
        }
    }
}

using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Forecast.Scenarios;

/// <summary>Keeps scenarios, by name: each its owner's, readable by all when it is shared. Billing admins and above may do with all of them what owners may.</summary>
internal sealed class KeepScenarios(Postgres.Changes changes, ScenarioStore store)
{
    private const int MostScenarios = 500;

    /// <exception cref="RpcException">INVALID_ARGUMENT with every problem; PERMISSION_DENIED (ROLE_MISSING); ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public Task<SavedScenario> SaveAsync(SaveScenarioRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var scenario = request.Scenario ?? throw RpcErrors.InvalidArgument("scenario is required.");
        var problems = new List<string>();
        ScenarioCheck.Read(scenario, problems);
        if (Validation.Text("note", request.Note, 0, 1000) is { } problem)
        {
            problems.Add(problem);
        }

        if (problems.Count > 0)
        {
            throw RpcErrors.InvalidArgument(string.Join(" ", problems));
        }

        return changes.RunAsync(
            "scenario.save", request.IdempotencyKey, request, SavedScenario.Parser,
            async (transaction, now) =>
            {
                var known = await ScenarioStore.FindAsync(transaction, scenario.Name, cancellationToken);
                if (known is not null)
                {
                    RequireOwner(known, caller);
                }
                else if (await ScenarioStore.CountAsync(transaction, cancellationToken) >= MostScenarios)
                {
                    throw RpcErrors.InvalidArgument($"There are {MostScenarios} scenarios, as many as are kept: remove one first.");
                }

                var row = new ScenarioRow(scenario.Name, [.. scenario.Changes], request.Note, request.Shared, known?.Owner ?? OwnerOf(caller), known?.CreatedAt ?? now, now, known?.PromotedVersion ?? 0);
                await ScenarioStore.WriteAsync(transaction, row, cancellationToken);
                return View(row);
            },
            cancellationToken, enter: transaction => ScenarioStore.LockAsync(transaction, cancellationToken));
    }

    /// <exception cref="RpcException">NOT_FOUND (SCENARIO_NOT_FOUND); PERMISSION_DENIED (ROLE_MISSING); ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public Task<SavedScenario> RemoveAsync(RemoveScenarioRequest request, Caller caller, CancellationToken cancellationToken) => changes.RunAsync(
        "scenario.remove", request.IdempotencyKey, request, SavedScenario.Parser,
        async (transaction, _) =>
        {
            var row = await ScenarioStore.FindAsync(transaction, Name(request.Name), cancellationToken);
            if (row is null || !MayRead(row, caller))
            {
                throw NotFound(request.Name);
            }

            RequireOwner(row, caller);
            await ScenarioStore.RemoveAsync(transaction, row.Name, cancellationToken);
            return View(row);
        },
        cancellationToken, enter: transaction => ScenarioStore.LockAsync(transaction, cancellationToken));

    public async Task<ListScenariosResponse> ListAsync(Caller caller, CancellationToken cancellationToken) =>
        new() { Scenarios = { (await store.ListAsync(IsAbove(caller) ? null : OwnerOf(caller), cancellationToken)).Select(View) } };

    /// <exception cref="RpcException">NOT_FOUND (SCENARIO_NOT_FOUND), also of what the caller may not read.</exception>
    public async Task<SavedScenario> GetAsync(string name, Caller caller, CancellationToken cancellationToken) =>
        await store.FindAsync(Name(name), cancellationToken) is { } row && MayRead(row, caller) ? View(row) : throw NotFound(name);

    /// <summary>What cannot be a name is none that there is.</summary>
    /// <exception cref="RpcException">NOT_FOUND (SCENARIO_NOT_FOUND).</exception>
    public static string Name(string name) => Validation.Id("name", name) is null ? name : throw NotFound(name);

    public static RpcException NotFound(string name) =>
        RpcErrors.NotFound(Reasons.ScenarioNotFound, $"There is no scenario '{Validation.Shown(name)}', or it is another's and not shared. List them.");

    private static void RequireOwner(ScenarioRow row, Caller caller)
    {
        if (row.Owner != OwnerOf(caller) && !IsAbove(caller))
        {
            throw RpcErrors.Create(
                StatusCode.PermissionDenied, Reasons.RoleMissing, $"Scenario '{row.Name}' is another's: its owner, or role billing_admin or higher, may change it. Save yours under another name.");
        }
    }

    private static bool MayRead(ScenarioRow row, Caller caller) => row.Shared || row.Owner == OwnerOf(caller) || IsAbove(caller);

    private static bool IsAbove(Caller caller) => caller.Role is Role.BillingAdmin or Role.Admin or Role.Owner;

    private static string OwnerOf(Caller caller) => caller.UserId.Length > 0 ? caller.UserId : caller.KeyId;

    public static SavedScenario View(ScenarioRow row) => new()
    {
        Scenario = new Scenario { Name = row.Name, Changes = { row.Changes } },
        Note = row.Note,
        Shared = row.Shared,
        Owner = row.Owner,
        CreatedAt = row.CreatedAt.ToTimestampUtc(),
        ChangedAt = row.ChangedAt.ToTimestampUtc(),
        PromotedVersion = row.PromotedVersion,
    };
}

using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Metering.Imports;

/// <summary>Imports on the wire.</summary>
internal sealed class ImportsService(
    CreateImport create, AddImportRows add, ImportRows rows, FinishImport finish, ListImports list, ImportOverlap overlap, UndoImport undo, ImportRuleStore rules, ChangeImportRules changeRules)
    : Contracts.Metering.V1.Imports.ImportsBase
{
    [RequireRole(Role.Editor)]
    public override Task<Import> CreateImport(CreateImportRequest request, ServerCallContext context) =>
        create.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.Editor)]
    public override Task<RowsOutcome> AddRows(AddRowsRequest request, ServerCallContext context) => add.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Editor)]
    public override Task<Import> FinishImport(FinishImportRequest request, ServerCallContext context) => finish.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Editor)]
    public override async Task<RowsOutcome> PreviewRows(PreviewRowsRequest request, ServerCallContext context)
    {
        await rows.RequireAsync(request.Settings, context.CancellationToken);
        var sums = await rows.RunAsync(request.Settings, null, request.Rows, context.CancellationToken);
        sums.Outcome.Reach = await overlap.ReachAsync(sums, request.Settings.Source, context.CancellationToken);
        return sums.Outcome;
    }

    [RequireRole(Role.Editor)]
    public override async Task<PreviewOverlapResponse> PreviewOverlap(PreviewOverlapRequest request, ServerCallContext context) =>
        new() { Warnings = { await overlap.PreviewAsync(request, context.CancellationToken) } };

    [RequireRole(Role.Viewer)]
    public override Task<ListImportsResponse> ListImports(ListImportsRequest request, ServerCallContext context) => list.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<Import> GetImport(GetImportRequest request, ServerCallContext context) =>
        list.GetAsync(Imports.ListImports.ReadId(request.ImportId), context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<Import> UndoImport(UndoImportRequest request, ServerCallContext context) =>
        undo.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override async Task<ListImportRulesResponse> ListImportRules(ListImportRulesRequest request, ServerCallContext context) =>
        new() { Rules = { await rules.ListAsync(request.All, context.CancellationToken) } };

    [RequireRole(Role.BillingAdmin)]
    public override Task<ImportRule> SetImportRule(SetImportRuleRequest request, ServerCallContext context) =>
        changeRules.SetAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<ImportRule> RemoveImportRule(RemoveImportRuleRequest request, ServerCallContext context) =>
        changeRules.RemoveAsync(request, Actor(context), context.CancellationToken);

    private static string Actor(ServerCallContext context) => context.GetCaller().KeyId;
}

using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using ImportsClient = Platform.Contracts.Metering.V1.Imports.ImportsClient;

namespace Platform.Api.Imports;

/// <summary>Whose usage something of a provider is.</summary>
internal static class ImportRuleEndpoints
{
    public static void MapImportRules(this WebApplication app)
    {
        var rules = app.MapGroup("/v1/import-rules").WithTags("imports");
        rules.MapGet("", ListAsync).WithSummary("Rules in force (all=true: those of before too).");
        rules.MapPost("", SetAsync).WithSummary("Says whose usage a provider's key, user or project is; takes the place of the rule for the same thing.");
        rules.MapDelete("/{id}", RemoveAsync).WithSummary("Ends a rule.");
    }

    private static async Task<ImportRulesBody> ListAsync(bool? all, ImportsClient imports, HttpContext http)
    {
        var answer = await imports.ListImportRulesAsync(new ListImportRulesRequest { All = all ?? false }, Call.Options(http));
        return new ImportRulesBody([.. answer.Rules.Select(ImportRuleBody.From)]);
    }

    private static async Task<ImportRuleBody> SetAsync(SetImportRuleBody body, ImportsClient imports, HttpContext http) => ImportRuleBody.From(
        await imports.SetImportRuleAsync(new SetImportRuleRequest { Rule = body.ToRule(), IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)));

    private static async Task<ImportRuleBody> RemoveAsync(string id, ImportsClient imports, HttpContext http) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var ruleId)
            ? ImportRuleBody.From(await imports.RemoveImportRuleAsync(
                new RemoveImportRuleRequest { RuleId = ruleId, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)))
            : throw RpcErrors.NotFound(Reasons.ImportRuleNotFound, $"There is no rule '{id}'. GET /v1/import-rules lists them.");
}

/// <param name="Provider">Absent: of any provider.</param>
/// <param name="Dimension">key, user or project: what of the provider it is about. Of a row's rules the key's is asked first, then the user's, then the project's.</param>
/// <param name="Value">As the provider writes it.</param>
/// <param name="Skip">Leave its rows out, because they are metered already.</param>
internal sealed record SetImportRuleBody(
    string? Provider = null, [property: Required] string? Dimension = null, [property: Required] string? Value = null, string? TeamId = null, string? UserId = null, string? ApplicationId = null,
    string? Workload = null, bool? Skip = null)
{
    public ImportRule ToRule()
    {
        var dimension = Require.Text("dimension", Dimension);
        return new ImportRule
        {
            Provider = Provider ?? "",
            Dimension = EnumText.TryParse<ImportDimension>(dimension, out var known)
                ? known : throw RpcErrors.InvalidArgument($"There is no dimension '{dimension}'. Dimensions: {EnumText.Names<ImportDimension>()}."),
            Value = Require.Text("value", Value),
            TeamId = TeamId ?? "",
            UserId = UserId ?? "",
            ApplicationId = ApplicationId ?? "",
            Workload = Workload ?? "",
            Skip = Skip ?? false,
        };
    }
}

internal sealed record ImportRulesBody(IReadOnlyList<ImportRuleBody> Rules);

/// <param name="Provider">Empty: of any provider.</param>
/// <param name="EndedAt">Null while it is in force.</param>
internal sealed record ImportRuleBody(
    long RuleId, string Provider, string Dimension, string Value, string TeamId, string UserId, string ApplicationId, string Workload, bool Skip, DateTimeOffset? SetAt,
    string SetBy, DateTimeOffset? EndedAt, string EndedBy)
{
    public static ImportRuleBody From(ImportRule rule) => new(
        rule.RuleId, rule.Provider, EnumText.Of(rule.Dimension), rule.Value, rule.TeamId, rule.UserId, rule.ApplicationId, rule.Workload, rule.Skip,
        rule.SetAt.ToMoment(), rule.SetBy, rule.EndedAt.ToMoment(), rule.EndedBy);
}

namespace Platform.Cli.ProviderFiles;

/// <summary>
/// Rows of Anthropic's reports: <c>/v1/organizations/usage_report/messages</c>, whose kinds of tokens are apart from each other, and
/// <c>/v1/organizations/cost_report</c>, whose amounts are decimal texts in cents. https://platform.claude.com/docs/en/api/admin/cost_report
/// </summary>
internal static class AnthropicReports
{
    private const decimal CentsPerUnit = 100;

    public static UsageRow ReadUsage(RowFields bucket, RowFields row)
    {
        var written = row.Object("cache_creation");
        var tier = row.Text("service_tier");
        var (from, until) = (bucket.Time("starting_at"), bucket.Time("ending_at"));
        return new UsageRow(
            row.Place, from, until, row.Text("workspace_id"), row.Text("api_key_id"),
            row.Text("account_id") is { Length: > 0 } account ? account : row.Text("service_account_id"), row.Text("model"),
            PriceNames.Tier(tier, row.Text("speed")), PriceNames.Region(row.Text("inference_geo")), row.Text("context_window"),
            new TokenCounts(
                row.Count("uncached_input_tokens"), row.OptionalCount("cache_read_input_tokens") ?? 0, written.OptionalCount("ephemeral_5m_input_tokens") ?? 0,
                written.OptionalCount("ephemeral_1h_input_tokens") ?? 0, row.Count("output_tokens")),
            CacheWritesApart: true, Requests: null)
        {
            Series = (
                "usage_report",
                string.Join(
                    '|', row.Text("workspace_id"), row.Text("api_key_id"), row.Text("account_id"), row.Text("service_account_id"), row.Text("model"), tier,
                    row.Text("context_window"), row.Text("inference_geo"), row.Text("speed"))),
        };
    }

    public static CostRow ReadCosts(RowFields bucket, RowFields row)
    {
        var currency = row.Text("currency").ToUpperInvariant();
        if (currency != "USD")
        {
            row.Problem("currency", $"is '{currency}'; amounts are read as cents of USD, the only currency that the report is documented to have.");
        }

        var (from, until) = (bucket.Time("starting_at"), bucket.Time("ending_at"));
        var (workspace, item, model, type) = (row.Text("workspace_id"), row.Text("description"), row.Text("model"), row.Text("token_type"));
        return new CostRow(row.Place, from, until, workspace, "", item, model, KindOf(type), row.Decimal("amount") / CentsPerUnit, currency, null)
        {
            Series = (
                "cost_report",
                string.Join(
                    '|', workspace, item, model, type, row.Text("cost_type"), row.Text("service_tier"), row.Text("context_window"), row.Text("inference_geo"),
                    row.Text("speed"))),
        };
    }

    private static TokenKind? KindOf(string type) => type switch
    {
        "uncached_input_tokens" => TokenKind.Input,
        "cache_read_input_tokens" => TokenKind.CachedInput,
        "cache_creation.ephemeral_5m_input_tokens" => TokenKind.CacheWrite,
        "cache_creation.ephemeral_1h_input_tokens" => TokenKind.CacheWriteHour,
        "output_tokens" => TokenKind.Output,
        _ => null,
    };
}

namespace Platform.Metering.Tests.Alerts;

/// <summary>A database as the version before deliveries had a severity left it, brought to the newest schema.</summary>
public sealed class DeliveryMigrationTests
{
    private const string Version46 = """
        INSERT INTO alert_channel (channel_id, name, type, target, kinds, team_ids, minimum_severity, enabled, disabled_reason, created_at, changed_at, changed_by)
        VALUES ('chn_old', 'pager', 2, 'https://chat.example/', '{}', '{}', 1, true, '', '2026-06-01Z', '2026-06-01Z', 'key_old');
        INSERT INTO alert (alert_id, kind, severity, team_id, subject, title, summary, figures, occurred_at, recorded_at)
        SELECT gen_random_uuid(), 1, severity, '', 'old', 'old', '', '[]', '2026-06-01Z', '2026-06-01Z' FROM generate_series(1, 3) AS severity;
        INSERT INTO alert_delivery (alert_id, channel_id, next_attempt_at) SELECT alert_id, 'chn_old', '2026-06-01Z' FROM alert;
        """;

    [Fact(Timeout = 300_000)]
    public async Task What_a_channel_owes_from_before_gets_its_alerts_severity()
    {
        await using var metering = await MeteringFixture.CreateAsync(old: Version46, upTo: 46);
        Assert.Equal("1,2,3", await metering.ScalarAsync<string>("SELECT string_agg(severity::text, ',' ORDER BY severity) FROM alert_delivery"));
    }
}

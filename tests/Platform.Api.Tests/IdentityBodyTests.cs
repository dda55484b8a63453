using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Platform.Api.Identity;
using Platform.Contracts.Identity.V1;

namespace Platform.Api.Tests;

/// <summary>What REST answers of teams, users, applications, keys and the audit log, to the letter.</summary>
public sealed class IdentityBodyTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Key_is_told_with_its_bindings_restrictions_and_status() => Assert.Equal(
        """
        {"key_id":"key_2","name":"App","role":"inference","team_id":"team_a","user_id":"ada","application_id":"bot","workload":"batch","allowed_models":["gpt-4o"],"allowed_lanes":[],"hint":"abcd","status":"active","created_at":"2026-06-01T12:00:00Z","expires_at":"2026-06-01T12:00:01Z","frozen_at":null,"revoked_at":null,"replaces_key_id":"key_1","replaced_by_key_id":"","holder":""}
        """,
        Json(KeyBody.From(
            new ApiKey
            {
                KeyId = "key_2", Name = "App", Role = Role.Inference, TeamId = "team_a", UserId = "ada", ApplicationId = "bot", Workload = "batch",
                AllowedModels = { "gpt-4o" }, Hint = "abcd", CreatedAt = At(0), ExpiresAt = At(1), ReplacesKeyId = "key_1",
            },
            Now)));

    [Fact]
    public void Lease_holders_key_names_its_role_and_its_holder()
    {
        var told = KeyBody.From(new ApiKey { KeyId = "key_3", Role = Role.LeaseHolder, TeamId = "team_a", Holder = "agents" }, Now);
        Assert.Equal(("lease_holder", "team_a", "agents"), (told.Role, told.TeamId, told.Holder));
    }

    [Theory]
    [InlineData(null, null, null, "active")]
    [InlineData(1, null, null, "active")]
    [InlineData(0, null, null, "expired")]
    [InlineData(null, -1, null, "frozen")]
    [InlineData(0, -1, null, "expired")]
    [InlineData(0, -1, -1, "revoked")]
    public void Key_has_the_first_status_that_applies(int? expires, int? frozen, int? revoked, string expected) => Assert.Equal(
        expected, KeyBody.From(new ApiKey { ExpiresAt = At(expires), FrozenAt = At(frozen), RevokedAt = At(revoked) }, Now).Status);

    [Fact]
    public void Team_user_and_application_are_told_whole()
    {
        Assert.Equal(
            """
            {"team_id":"team_a","name":"A","owner":"Ada","email":"a@example.com","cost_centre":"4711","external_id":"hr-1","created_at":"2026-06-01T12:00:00Z","frozen_at":"2026-06-01T12:00:01Z"}
            """,
            Json(TeamBody.From(new Team
            {
                TeamId = "team_a", Name = "A", Owner = "Ada", Email = "a@example.com", CostCentre = "4711", ExternalId = "hr-1", CreatedAt = At(0), FrozenAt = At(1),
            })));
        Assert.Equal(
            """{"user_id":"ada","name":"Ada","email":"","created_at":"2026-06-01T12:00:00Z","disabled_at":null}""",
            Json(UserBody.From(new User { UserId = "ada", Name = "Ada", CreatedAt = At(0) })));
        Assert.Equal(
            """{"application_id":"bot","team_id":"team_a","name":"Bot","created_at":"2026-06-01T12:00:00Z"}""",
            Json(ApplicationBody.From(new Application { ApplicationId = "bot", TeamId = "team_a", Name = "Bot", CreatedAt = At(0) })));
    }

    [Fact]
    public void Audit_record_carries_before_and_after_as_json() => Assert.Equal(
        """{"audit_id":7,"recorded_at":"2026-06-01T12:00:00Z","actor":"key_1","action":"team.update","subject":"team_a","before":null,"after":{"team_id":"team_a"},"sha256":"0aff"}""",
        Json(AuditRecordBody.From(new AuditRecord
        {
            AuditId = 7, RecordedAt = At(0), Actor = "key_1", Action = "team.update", Subject = "team_a", AfterJson = """{"team_id": "team_a"}""",
            Sha256 = ByteString.CopyFrom(0x0a, 0xff),
        })));

    private static Timestamp? At(int? seconds) => seconds is { } some ? Timestamp.FromDateTimeOffset(Now.AddSeconds(some)) : null;

    private static string Json<T>(T body)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        ApiApp.ConfigureJson(options);
        return JsonSerializer.Serialize(body, options);
    }
}

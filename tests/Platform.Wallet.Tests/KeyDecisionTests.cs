using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;
using Platform.Wallet.Identity;

namespace Platform.Wallet.Tests;

/// <summary>Who may manage which key, and how a key ends, as tables. Moments are seconds before (-) or after now.</summary>
public sealed class KeyDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(Role.Owner, "Inference Viewer Editor BillingAdmin Admin Owner Gateway LeaseHolder")]
    [InlineData(Role.Admin, "Inference Viewer Editor BillingAdmin Admin LeaseHolder")]
    [InlineData(Role.BillingAdmin, "")]
    [InlineData(Role.Editor, "")]
    [InlineData(Role.Viewer, "")]
    [InlineData(Role.Inference, "")]
    [InlineData(Role.Gateway, "")]
    [InlineData(Role.Unspecified, "")]
    public void A_role_manages_keys_of_roles(Role actor, string expected)
    {
        var managed = Enum.GetValues<Role>().Where(key => key != Role.Unspecified && KeyRights.MayManage(actor, key));
        Assert.Equal(expected, string.Join(' ', managed));
    }

    [Theory]
    [InlineData("", "Active")]
    [InlineData("expires=1", "Active")]
    [InlineData("expires=0", "Expired")]
    [InlineData("expires=-1", "Expired")]
    [InlineData("frozen=-5", "Frozen")]
    [InlineData("frozen=-5 expires=1", "Frozen")]
    [InlineData("frozen=-5 expires=0", "Expired")]
    [InlineData("revoked=-5", "Revoked")]
    [InlineData("revoked=-5 frozen=-9 expires=-7", "Revoked")]
    public void A_key_stands_at_a_moment(string key, string expected) => Assert.Equal(expected, Key(key).At(Now).ToString());

    /// <summary>Overlap in seconds, wanted end of the successor ("-": none) → verdict, when the key ends, when its successor does.</summary>
    [Theory]
    [InlineData("", 0, "-", "Rotate 0 never")]
    [InlineData("", 3600, "-", "Rotate 3600 never")]
    [InlineData("", 2592000, "-", "Rotate 2592000 never")]
    [InlineData("", 60, "500", "Rotate 60 500")]
    [InlineData("created=-100 expires=300", 60, "-", "Rotate 60 400")]
    [InlineData("created=-100 expires=300", 300, "-", "Rotate 300 400")]
    [InlineData("created=-100 expires=300", 301, "-", "Rotate 300 400")]
    [InlineData("created=-100 expires=1", 0, "-", "Rotate 0 101")]
    [InlineData("created=-100 expires=300", 60, "10", "Rotate 60 10")]
    [InlineData("created=-100 expires=0", 60, "-", "Ended")]
    [InlineData("revoked=-1", 60, "-", "Ended")]
    [InlineData("frozen=-1", 60, "-", "Frozen")]
    [InlineData("created=-100 expires=0 successor", 60, "-", "Replaced")]
    [InlineData("revoked=-1 successor", 60, "-", "Replaced")]
    [InlineData("frozen=-1 successor", 60, "-", "Frozen")]
    [InlineData("successor", 60, "-", "Replaced")]
    public void A_key_is_rotated(string key, int overlap, string wanted, string expected)
    {
        var rotation = RotationDecision.Decide(
            Key(key), TimeSpan.FromSeconds(overlap), wanted == "-" ? null : Now.AddSeconds(int.Parse(wanted)), Now);
        var ends = rotation.Verdict == RotationVerdict.Rotate ? $" {Seconds(rotation.EndsAt)} {(rotation.SuccessorEndsAt is { } end ? Seconds(end) : "never")}" : "";
        Assert.Equal(expected, rotation.Verdict + ends);
    }

    /// <summary>Keys of one line by their ends, in seconds, oldest first; "-" for none, "frozen" and "removed" as they are → who answers for the first one's work, and how.</summary>
    [Theory]
    [InlineData("1 -", "key_0 Usable")]
    [InlineData("0", "key_0 Expired")]
    [InlineData("0 -", "key_1 Usable")]
    [InlineData("-9 -5 100", "key_2 Usable")]
    [InlineData("-9 -5", "key_0 Expired")]
    [InlineData("0 frozen", "key_1 KeyFrozen")]
    [InlineData("0 removed", "key_0 Expired")]
    [InlineData("0 5 removed", "key_1 Usable")]
    [InlineData("0 5 0", "key_1 Usable")]
    [InlineData("0 5 frozen removed", "key_2 KeyFrozen")]
    [InlineData("frozen,0 -", "key_0 Expired")]
    [InlineData("removed -", " Unknown")]
    public void Work_of_a_key_that_was_rotated_goes_on_with_its_successor(string keys, string expected)
    {
        var table = new KeyTable();
        foreach (var (key, index) in keys.Split(' ').Select((key, index) => (key, index)))
        {
            var end = int.TryParse(key.Split(',')[^1], out var seconds) ? Now.AddSeconds(seconds) : (DateTimeOffset?)null;
            var caller = new Caller($"key_{index}", "Key", Role.Inference, "support", "") { LineKeyId = "key_0" };
            table.SetKey(KeyHash.Of($"secret {index}"), caller, end, key.Contains("frozen", StringComparison.Ordinal));
            if (key == "removed")
            {
                table.RemoveKey(KeyHash.Of($"secret {index}"));
            }
        }

        var standing = table.FindById("key_0", Now, out var found);
        Assert.Equal(expected, $"{found?.KeyId} {standing}");
    }

    /// <summary>Each is refused for the first reason that applies; a key of a team and a user.</summary>
    [Theory]
    [InlineData("", KeyStanding.Usable)]
    [InlineData("team", KeyStanding.TeamFrozen)]
    [InlineData("team user", KeyStanding.UserDisabled)]
    [InlineData("team user frozen", KeyStanding.KeyFrozen)]
    [InlineData("team user frozen expired", KeyStanding.Expired)]
    [InlineData("team user frozen expired removed", KeyStanding.Unknown)]
    [InlineData("otherteam otheruser", KeyStanding.Usable)]
    public void A_token_has_the_first_standing_that_applies(string facts, KeyStanding expected)
    {
        var words = facts.Split(' ');
        var table = new KeyTable();
        table.SetTeam(words.Contains("otherteam") ? "b" : "a", words.Contains("team") || words.Contains("otherteam"));
        table.SetUser(words.Contains("otheruser") ? "v" : "u", words.Contains("user") || words.Contains("otheruser"));
        table.SetKey(
            KeyHash.Of("secret"), new Caller("key_1", "Key", Role.Inference, "a", "") { UserId = "u" },
            words.Contains("expired") ? Now : Now.AddTicks(1), words.Contains("frozen"));
        if (words.Contains("removed"))
        {
            table.RemoveKey(KeyHash.Of("secret"));
        }

        Assert.Equal(expected, table.Find("secret", Now, out var caller));
        Assert.Equal(expected == KeyStanding.Unknown ? null : "key_1", caller?.KeyId);
        Assert.Equal(KeyStanding.Unknown, table.Find("secret2", Now, out _));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("kt_live_0123456789012345678901234567890123456789012")]
    [InlineData("ümläut")]
    public void A_secrets_hash_is_its_sha256(string secret)
    {
        foreach (var text in new[] { secret, new string('x', 127) + secret, new string('x', 4000) + secret })
        {
            Assert.Equal(KeyHash.From(KeySecret.Hash(text)), KeyHash.Of(text));
        }
    }

    private static long Seconds(DateTimeOffset moment) => (long)(moment - Now).TotalSeconds;

    private static KeyRow Key(string text)
    {
        DateTimeOffset? Moment(string name) => text.Split(' ').FirstOrDefault(word => word.StartsWith(name + "=", StringComparison.Ordinal)) is { } word
            ? Now.AddSeconds(int.Parse(word[(name.Length + 1)..]))
            : null;
        return new KeyRow
        {
            KeyId = "key_1",
            SecretSha256 = [],
            Hint = "",
            Name = "Key",
            Role = Role.Inference,
            CreatedAt = Moment("created") ?? Now.AddDays(-1),
            ExpiresAt = Moment("expires"),
            FrozenAt = Moment("frozen"),
            RevokedAt = Moment("revoked"),
            ReplacedBy = text.Contains("successor", StringComparison.Ordinal) ? "key_2" : "",
            Revision = 1,
        };
    }
}
